// Rotary embedding of queries and keys in f32, together with the split of the projection that holds them. Each result
// is rounded once.
#include "numbers.h"

// Threads of a block.
constexpr int ROTARY_THREADS = 128;

// Arguments of a rotary kernel, launched on a grid of rows.
struct RotaryCall {
    // [rows × heads · width], [rows × kv_heads · width] twice; rows lie `…_stride` numbers apart.
    const void *queries;
    const void *keys;
    const void *values;
    // The same without gaps. Values stay where they are if `values_out` is null.
    void *queries_out;
    void *keys_out;
    void *values_out;
    // [rows × half]
    const float *cosines;
    const float *sines;
    int64_t query_stride;
    int64_t key_stride;
    int64_t value_stride;
    int heads;
    int kv_heads;
    int width;
    // Pairs of columns (i, i + half) of each head that are turned; the columns after them are copied.
    int half;
};

static_assert(sizeof(RotaryCall) == 104, "the host passes as much");

// Turns the heads of one row, COUNT pairs of columns at a time, and copies their other columns.
template <class Number, int COUNT>
DEVICE void turn_row(typename Number::Raw *to, const typename Number::Raw *from, int heads, int width, int half,
                     const float *cosines, const float *sines) {
    const int runs = (width - half) / COUNT;
    for (int i = (int)threadIdx.x; i < heads * runs; i += ROTARY_THREADS) {
        const int head = i / runs * width, column = i % runs * COUNT;
        float second[COUNT];
        load_run<Number>(second, from + head + column + half);
        if (column < half) {
            float first[COUNT], cosine[COUNT], sine[COUNT], turned[COUNT];
            load_run<Number>(first, from + head + column);
            UNROLL
            for (int j = 0; j < COUNT; ++j) {
                cosine[j] = cosines[column + j];
                sine[j] = sines[column + j];
                turned[j] = first[j] * cosine[j] - second[j] * sine[j];
                second[j] = second[j] * cosine[j] + first[j] * sine[j];
            }
            store_run<Number>(to + head + column, turned);
        }
        store_run<Number>(to + head + column + half, second);
    }
}

template <class Number, int COUNT>
DEVICE void turn_and_split(const RotaryCall &call) {
    using Raw = typename Number::Raw;
    const int64_t row = blockIdx.x;
    const float *cosines = call.cosines + row * call.half, *sines = call.sines + row * call.half;
    const int64_t kv_width = (int64_t)call.kv_heads * call.width;
    turn_row<Number, COUNT>((Raw *)call.queries_out + row * call.heads * call.width,
                            (const Raw *)call.queries + row * call.query_stride, call.heads, call.width, call.half,
                            cosines, sines);
    turn_row<Number, COUNT>((Raw *)call.keys_out + row * kv_width, (const Raw *)call.keys + row * call.key_stride,
                            call.kv_heads, call.width, call.half, cosines, sines);
    if (call.values_out == nullptr) return;
    turn_row<Number, COUNT>((Raw *)call.values_out + row * kv_width,
                            (const Raw *)call.values + row * call.value_stride, call.kv_heads, call.width, 0, nullptr,
                            nullptr);
}

template <class Number>
DEVICE void rotary_split(const RotaryCall &call) {
    constexpr int COUNT = Widest<Number>::COUNT;
    const bool aligned = call.width % COUNT == 0 && call.half % COUNT == 0 && call.query_stride % COUNT == 0 &&
                         call.key_stride % COUNT == 0 && call.value_stride % COUNT == 0 && on_16_bytes(call.queries) &&
                         on_16_bytes(call.keys) && on_16_bytes(call.values) && on_16_bytes(call.queries_out) &&
                         on_16_bytes(call.keys_out) && on_16_bytes(call.values_out);
    if (aligned) turn_and_split<Number, COUNT>(call);
    else turn_and_split<Number, 1>(call);
}

KERNEL(ROTARY_THREADS, 8) rotary_split_bf16(RotaryCall call) { rotary_split<BFloat16>(call); }
KERNEL(ROTARY_THREADS, 8) rotary_split_f16(RotaryCall call) { rotary_split<Float16>(call); }
KERNEL(ROTARY_THREADS, 8) rotary_split_f32(RotaryCall call) { rotary_split<Float32>(call); }

// Causal attention over packed segments in f32, by plain multiply-adds: for exact comparisons, not for speed. What is
// computed says attention.h. Four neighbouring threads share a row of the tile.
#include "attention.h"

// A head of up to WIDTH numbers, a multiple of 16; a narrower one is filled up with zeros.
template <int WIDTH>
struct WideAttentionShape {
    static_assert(WIDTH % 16 == 0, "four threads take four numbers at a time");
    static constexpr int THREADS = 128;
    // Rows of queries, and of keys.
    static constexpr int ROWS = 32;
    // Numbers from one row in shared memory to the next.
    static constexpr int STRIDE = WIDTH + 4;
    static constexpr int TILE = ROWS * STRIDE;
    static constexpr int WEIGHT_STRIDE = ROWS + 1;
    // Queries; keys and values in turns; weights.
    static constexpr int SHARED_BYTES = (2 * TILE + ROWS * WEIGHT_STRIDE) * (int)sizeof(float);
    // Keys whose scores a thread computes.
    static constexpr int KEYS = ROWS / 4;
};

// Copies 32 rows into shared memory; `row(i)` says where row i begins, or null for zeros.
template <int WIDTH, class Row>
DEVICE void copy_wide_rows(float *tile, int width, Row row) {
    using Shape = WideAttentionShape<WIDTH>;
    for (int i = (int)threadIdx.x; i < Shape::ROWS * WIDTH; i += Shape::THREADS) {
        const int index = i / WIDTH, column = i % WIDTH;
        const float *from = row(index);
        tile[index * Shape::STRIDE + column] = from != nullptr && column < width ? from[column] : 0.0f;
    }
}

// Scores of the keys part, part + 4, …: scaled, capped, and −inf where the row does not see the key.
template <int WIDTH>
DEVICE void score_wide(float (&scores)[WideAttentionShape<WIDTH>::KEYS], const float *query, const float *keys,
                       const AttentionCall &call, const Tile &tile, int position, int start) {
    using Shape = WideAttentionShape<WIDTH>;
    const int part = (int)threadIdx.x % 4;
    UNROLL
    for (float &score : scores) score = 0.0f;
    for (int column = 0; column < WIDTH; column += 4) {
        float q[4];
        load_run<Float32>(q, query + column);
        UNROLL
        for (int i = 0; i < Shape::KEYS; ++i) {
            float k[4];
            load_run<Float32>(k, keys + (part + 4 * i) * Shape::STRIDE + column);
            UNROLL
            for (int j = 0; j < 4; ++j) scores[i] += q[j] * k[j];
        }
    }
    UNROLL
    for (int i = 0; i < Shape::KEYS; ++i) {
        scores[i] *= call.scale;
        if (call.softcap > 0.0f) scores[i] = tanhf(scores[i] / call.softcap) * call.softcap;
        if (!sees(tile, position, start + part + 4 * i)) scores[i] = -INFINITY;
    }
}

// The larger of a value and those of the three threads that share the row.
DEVICE float largest_of_four(float value) {
    value = fmaxf(value, shuffle_xor(value, 1));
    return fmaxf(value, shuffle_xor(value, 2));
}

// One thread's share of a row: its columns are runs of four, 16 apart.
template <int WIDTH>
struct WideState {
    float sums[WIDTH / 16][4];
    float largest;
    // This thread's part of the sum of the weights.
    float weight;
};

// Turns scores into weights relative to the largest score so far, stores them for the threads that share the row, and
// brings earlier sums to the same measure.
template <int WIDTH>
DEVICE void weigh_wide(WideState<WIDTH> &state, const float (&scores)[WideAttentionShape<WIDTH>::KEYS], float *weights) {
    float largest = state.largest;
    UNROLL
    for (float score : scores) largest = fmaxf(largest, score);
    largest = largest_of_four(largest);
    // Finite: every row sees one of the first keys, since a tile has no more queries than keys are taken at a time.
    const float correction = expf(state.largest - largest);
    state.largest = largest;
    state.weight *= correction;
    UNROLL
    for (int i = 0; i < WideAttentionShape<WIDTH>::KEYS; ++i) {
        const float weight = expf(scores[i] - largest);
        state.weight += weight;
        weights[(int)threadIdx.x % 4 + 4 * i] = weight;
    }
    UNROLL
    for (auto &run : state.sums) {
        UNROLL
        for (float &value : run) value *= correction;
    }
}

// sums += weights · values
template <int WIDTH>
DEVICE void add_wide_values(WideState<WIDTH> &state, const float *weights, const float *values) {
    using Shape = WideAttentionShape<WIDTH>;
    const float *mine = values + (int)threadIdx.x % 4 * 4;
    for (int key = 0; key < Shape::ROWS; ++key) {
        const float weight = weights[key];
        UNROLL
        for (int i = 0; i < WIDTH / 16; ++i) {
            float value[4];
            load_run<Float32>(value, mine + key * Shape::STRIDE + i * 16);
            UNROLL
            for (int j = 0; j < 4; ++j) state.sums[i][j] += weight * value[j];
        }
    }
}

// Divides by the sum of the weights and stores.
template <int WIDTH>
DEVICE void write_wide(const WideState<WIDTH> &state, const AttentionCall &call, const Tile &tile) {
    float weight = state.weight;
    weight += shuffle_xor(weight, 1);
    weight += shuffle_xor(weight, 2);
    float *to = query_row(tile, (float *)call.output, (int64_t)call.heads * call.width, call.width,
                          (int)threadIdx.x / 4);
    if (to == nullptr) return;
    UNROLL
    for (int i = 0; i < WIDTH / 16; ++i) {
        UNROLL
        for (int j = 0; j < 4; ++j) {
            const int column = i * 16 + (int)threadIdx.x % 4 * 4 + j;
            if (column < call.width) to[column] = state.sums[i][j] / weight;
        }
    }
}

template <int WIDTH>
DEVICE void attend_wide(const AttentionCall &call) {
    using Shape = WideAttentionShape<WIDTH>;
    SHARED_MEMORY(memory);
    const int row = (int)threadIdx.x / 4;
    float *queries = (float *)memory, *keys = queries + Shape::TILE;
    float *weights = keys + Shape::TILE + row * Shape::WEIGHT_STRIDE;
    const Tile tile = Tile::of(call, Shape::ROWS);
    const auto copy_keys = [&](const void *matrix, int64_t stride, int start) {
        copy_wide_rows<WIDTH>(keys, call.width, [&](int index) {
            return key_row(tile, (const float *)matrix, stride, call.width, start + index);
        });
    };
    copy_wide_rows<WIDTH>(queries, call.width, [&](int index) {
        return query_row(tile, (const float *)call.queries, call.query_stride, call.width, index);
    });
    WideState<WIDTH> state = {};
    state.largest = -INFINITY;
    for (int start = tile.first_key; start < tile.end_key; start += Shape::ROWS) {
        copy_keys(call.keys, call.key_stride, start);
        __syncthreads();
        float scores[Shape::KEYS];
        score_wide<WIDTH>(scores, queries + row * Shape::STRIDE, keys, call, tile, position_of(tile, row), start);
        weigh_wide(state, scores, weights);
        // All have read the keys, and all weights are written.
        __syncthreads();
        copy_keys(call.values, call.value_stride, start);
        __syncthreads();
        add_wide_values(state, weights, keys);
        __syncthreads();
    }
    write_wide(state, call, tile);
}

#define WIDE_ATTENTION(WIDTH)                                                                                          \
    KERNEL(WideAttentionShape<WIDTH>::THREADS, 2) attention_f32_##WIDTH(AttentionCall call) {                          \
        attend_wide<WIDTH>(call);                                                                                      \
    }

WIDE_ATTENTION(32)
WIDE_ATTENTION(64)
WIDE_ATTENTION(80)
WIDE_ATTENTION(96)
WIDE_ATTENTION(112)
WIDE_ATTENTION(128)
WIDE_ATTENTION(160)
WIDE_ATTENTION(192)
WIDE_ATTENTION(256)

// act(gate) · up of a gated feed-forward block, from rows that hold both halves side by side: in f32, rounded once.
#include "numbers.h"

// Threads of a block.
constexpr int GATE_THREADS = 256;

// Which act.
enum GateActivation { GATE_SILU = 0, GATE_GELU = 1, GATE_GELU_TANH = 2, GATE_RELU = 3 };

// Arguments of a gate kernel, launched on a line of any number of blocks.
struct GateCall {
    // [rows × (gate, up)], each `width` wide; rows lie `stride` numbers apart.
    const void *joined;
    // [rows × width] without gaps.
    void *output;
    int64_t stride;
    int64_t rows;
    int width;
    // A GateActivation.
    int activation;
};

static_assert(sizeof(GateCall) == 40, "the host passes as much");

DEVICE float activate(int activation, float x) {
    constexpr float SQRT_HALF = 0.70710678f, SQRT_TWO_OVER_PI = 0.79788456f;
    switch (activation) {
        case GATE_SILU: return x / (1.0f + expf(-x));
        // erfc and the sigmoid instead of 1 + erf and 1 + tanh: those cancel where x is far below 0.
        case GATE_GELU: return 0.5f * x * erfcf(-x * SQRT_HALF);
        case GATE_GELU_TANH: return x / (1.0f + expf(-2.0f * SQRT_TWO_OVER_PI * (x + 0.044715f * x * x * x)));
        // A comparison, and not fmaxf, so that NaN stays NaN.
        default: return x < 0.0f ? 0.0f : x;
    }
}

template <class Number, int COUNT>
DEVICE void gate_runs(const GateCall &call) {
    const int64_t runs = call.width / COUNT, step = (int64_t)gridDim.x * GATE_THREADS;
    for (int64_t i = (int64_t)blockIdx.x * GATE_THREADS + threadIdx.x; i < call.rows * runs; i += step) {
        const int64_t row = i / runs, column = i % runs * COUNT;
        const auto *from = (const typename Number::Raw *)call.joined + row * call.stride + column;
        float gate[COUNT], up[COUNT];
        load_run<Number>(gate, from);
        load_run<Number>(up, from + call.width);
        UNROLL
        for (int j = 0; j < COUNT; ++j) up[j] *= activate(call.activation, gate[j]);
        store_run<Number>((typename Number::Raw *)call.output + row * call.width + column, up);
    }
}

template <class Number>
DEVICE void gate(const GateCall &call) {
    constexpr int COUNT = Widest<Number>::COUNT;
    const bool aligned = call.width % COUNT == 0 && call.stride % COUNT == 0 && on_16_bytes(call.joined) &&
                         on_16_bytes(call.output);
    if (aligned) gate_runs<Number, COUNT>(call);
    else gate_runs<Number, 1>(call);
}

KERNEL(GATE_THREADS, 4) gate_bf16(GateCall call) { gate<BFloat16>(call); }
KERNEL(GATE_THREADS, 4) gate_f16(GateCall call) { gate<Float16>(call); }
KERNEL(GATE_THREADS, 4) gate_f32(GateCall call) { gate<Float32>(call); }

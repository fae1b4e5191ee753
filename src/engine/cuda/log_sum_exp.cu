// One pass over the logits of a block of the vocabulary: per row the largest and the sum of exp(logit − largest),
// merged with those of the blocks before, and the logits of the targets that lie in the block.
#include "numbers.h"

// Threads of a block.
constexpr int LOG_SUM_EXP_THREADS = 256;

// Bytes of shared memory.
[[maybe_unused]] constexpr int LOG_SUM_EXP_SHARED_BYTES = 2 * LOG_SUM_EXP_THREADS / 32 * (int)sizeof(float);

// Arguments of the kernel, launched on a grid of rows.
struct LogSumExpCall {
    // [rows × columns] of the products of hidden states and head; rows lie `stride` numbers apart.
    const float *logits;
    // [columns], added to the products; null is none.
    const float *bias;
    // [rows]: the largest logit so far, −inf at first, and Σ exp(logit − largest), 0 at first.
    double *largest;
    double *sum;
    // [rows + 1]: the targets of row r are those from target_starts[r] to target_starts[r + 1].
    const int *target_starts;
    // [targets]: their ids.
    const uint32_t *targets;
    // [targets]: their logits, written by the block that holds their ids.
    double *target_logits;
    int64_t stride;
    int columns;
    // Id of the first column.
    uint32_t first;
    // Logits are divided by it,
    float divisor;
    // then capped at ±c by c · tanh(logit / c); 0 is no cap.
    float softcap;
};

static_assert(sizeof(LogSumExpCall) == 80, "the host passes as much");

// The largest of some values and Σ exp(value − largest).
struct Peak {
    float largest;
    float sum;
};

DEVICE Peak merge(Peak a, Peak b) {
    const float largest = fmaxf(a.largest, b.largest);
    // Nothing seen yet on either side: their sums are 0, or NaN if a logit was.
    const float base = largest == -INFINITY ? 0.0f : largest;
    return {largest, a.sum * expf(a.largest - base) + b.sum * expf(b.largest - base)};
}

DEVICE Peak merge_warp(Peak peak) {
    UNROLL
    for (int mask = 1; mask < 32; mask *= 2) {
        peak = merge(peak, {shuffle_xor(peak.largest, mask), shuffle_xor(peak.sum, mask)});
    }
    return peak;
}

// The logit of a column, after bias, divisor and cap.
DEVICE float finish(const LogSumExpCall &call, const float *row, int column) {
    float logit = row[column];
    if (call.bias != nullptr) logit += call.bias[column];
    if (call.divisor != 1.0f) logit /= call.divisor;
    return call.softcap > 0.0f ? tanhf(logit / call.softcap) * call.softcap : logit;
}

// What one thread sees of a row, four columns between two corrections of the sum.
DEVICE Peak peak_of_thread(const LogSumExpCall &call, const float *row) {
    constexpr int COUNT = 4;
    Peak peak = {-INFINITY, 0.0f};
    for (int start = (int)threadIdx.x; start < call.columns; start += COUNT * LOG_SUM_EXP_THREADS) {
        float values[COUNT];
        Peak next = {-INFINITY, 0.0f};
        UNROLL
        for (int i = 0; i < COUNT; ++i) {
            const int column = start + i * LOG_SUM_EXP_THREADS;
            values[i] = column < call.columns ? finish(call, row, column) : -INFINITY;
            next.largest = fmaxf(next.largest, values[i]);
        }
        const float base = next.largest == -INFINITY ? 0.0f : next.largest;
        UNROLL
        for (float value : values) next.sum += expf(value - base);
        peak = merge(peak, next);
    }
    return peak;
}

KERNEL(LOG_SUM_EXP_THREADS, 4) log_sum_exp(LogSumExpCall call) {
    SHARED_MEMORY(memory);
    constexpr int WARPS = LOG_SUM_EXP_THREADS / 32;
    float *largest = (float *)memory, *sum = largest + WARPS;
    const int64_t row = blockIdx.x;
    const float *logits = call.logits + row * call.stride;
    const Peak mine = merge_warp(peak_of_thread(call, logits));
    if (threadIdx.x % 32 == 0) {
        largest[threadIdx.x / 32] = mine.largest;
        sum[threadIdx.x / 32] = mine.sum;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        Peak all = {-INFINITY, 0.0f};
        for (int warp = 0; warp < WARPS; ++warp) all = merge(all, {largest[warp], sum[warp]});
        const double before = call.largest[row];
        const double peak = fmax(before, (double)all.largest), base = peak == -INFINITY ? 0.0 : peak;
        call.sum[row] = call.sum[row] * exp(before - base) + all.sum * exp(all.largest - base);
        call.largest[row] = peak;
    }
    const int end = call.target_starts[row + 1];
    for (int i = call.target_starts[row] + (int)threadIdx.x; i < end; i += LOG_SUM_EXP_THREADS) {
        const uint32_t id = call.targets[i];
        if (id >= call.first && id - call.first < (uint32_t)call.columns) {
            call.target_logits[i] = finish(call, logits, (int)(id - call.first));
        }
    }
}

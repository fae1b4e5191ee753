// Causal attention over packed segments in bf16 and f16: both products on the tensor cores with f32 sums, the softmax
// online in f32, so that scores never leave registers. What is computed says attention.h.
//
// A block has four warps, each with 16 of the tile's 64 rows, and walks over the keys 64 at a time. While scores are
// computed the values are on their way, and while values are summed the next keys are.
#include "attention.h"

// A head of up to WIDTH numbers, a multiple of 16; a narrower one is filled up with zeros.
template <int WIDTH>
struct AttentionShape {
    static_assert(WIDTH % 16 == 0, "a fragment is 16 numbers wide");
    static constexpr int THREADS = 128;
    // Rows of queries, and of keys.
    static constexpr int ROWS = 64;
    // Numbers from one row in shared memory to the next: an odd multiple of 16 bytes, so that eight rows lie in
    // different banks.
    static constexpr int STRIDE = WIDTH + 8;
    static constexpr int TILE = ROWS * STRIDE;
    // Queries, keys and values.
    static constexpr int SHARED_BYTES = 3 * TILE * (int)sizeof(uint16_t);
    // Fragments along the width of a head.
    static constexpr int STEPS = WIDTH / 16;
    // Whether a warp's queries stay in registers.
    static constexpr bool KEEPS_QUERIES = WIDTH <= 128;
};

// One warp's share of a tile: 16 rows. A lane has the rows lane / 4 and lane / 4 + 8 of it.
template <int WIDTH>
struct WarpState {
    uint32_t queries[AttentionShape<WIDTH>::KEEPS_QUERIES ? AttentionShape<WIDTH>::STEPS : 1][4];
    // Sums of weighted values, 8 columns each.
    float sums[WIDTH / 8][4];
    // Scores, then weights, of 8 keys each.
    float scores[AttentionShape<WIDTH>::ROWS / 8][4];
    // Per row the largest score so far, in units of ln 2, and this lane's part of the sum of the weights.
    float largest[2];
    float weight[2];
    int position[2];
};

// Starts to copy 64 rows into shared memory; `row(i)` says where row i begins, or null for zeros. `aligned` says that
// rows and widths are multiples of 16 bytes.
template <int WIDTH, class Row>
DEVICE void copy_rows(uint16_t *tile, const void *matrix, int width, bool aligned, Row row) {
    using Shape = AttentionShape<WIDTH>;
    constexpr int CHUNKS = WIDTH / 8;
    for (int i = (int)threadIdx.x; i < Shape::ROWS * CHUNKS; i += Shape::THREADS) {
        const int index = i / CHUNKS, column = i % CHUNKS * 8;
        const uint16_t *from = row(index);
        uint16_t *to = tile + index * Shape::STRIDE + column;
        if (aligned) {
            const bool present = from != nullptr && column < width;
            copy_async(to, present ? from + column : matrix, present);
        } else {
            for (int j = 0; j < 8; ++j) to[j] = from != nullptr && column + j < width ? from[column + j] : (uint16_t)0;
        }
    }
}

// Loads the fragment of the warp's 16 queries at the step-th 16 columns.
template <int WIDTH>
DEVICE void load_query(uint32_t (&fragment)[4], const uint16_t *queries, int step) {
    const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    const int row = warp * 16 + lane % 16, column = step * 16 + lane / 16 * 8;
    load_matrices(fragment, queries + row * AttentionShape<WIDTH>::STRIDE + column);
}

// scores = queries · keysᵀ
template <class Number, int WIDTH>
DEVICE void score(WarpState<WIDTH> &state, const uint16_t *queries, const uint16_t *keys) {
    using Shape = AttentionShape<WIDTH>;
    const int lane = (int)threadIdx.x % 32;
    const uint16_t *mine = keys + (lane % 8 + lane / 16 * 8) * Shape::STRIDE + lane / 8 % 2 * 8;
    UNROLL
    for (auto &tile : state.scores) {
        UNROLL
        for (float &value : tile) value = 0.0f;
    }
    UNROLL
    for (int step = 0; step < Shape::STEPS; ++step) {
        auto &query = state.queries[Shape::KEEPS_QUERIES ? step : 0];
        if (!Shape::KEEPS_QUERIES) load_query<WIDTH>(query, queries, step);
        UNROLL
        for (int pair = 0; pair < Shape::ROWS / 16; ++pair) {
            uint32_t key[4];
            load_matrices(key, mine + pair * 16 * Shape::STRIDE + step * 16);
            Number::multiply(state.scores[2 * pair], query, key[0], key[1]);
            Number::multiply(state.scores[2 * pair + 1], query, key[2], key[3]);
        }
    }
}

// Scales and caps the scores of the keys from `start`, in units of ln 2, and hides what a row does not see.
template <int WIDTH>
DEVICE void cap_and_mask(WarpState<WIDTH> &state, const AttentionCall &call, const Tile &tile, int start) {
    constexpr float LOG2_E = 1.4426950408889634f;
    const int column = start + (int)threadIdx.x % 4 * 2;
    const bool masked = needs_mask(tile, start, start + AttentionShape<WIDTH>::ROWS);
    const bool capped = call.softcap > 0.0f;
    const float factor = capped ? call.scale / call.softcap : call.scale * LOG2_E;
    UNROLL
    for (int n = 0; n < AttentionShape<WIDTH>::ROWS / 8; ++n) {
        UNROLL
        for (int i = 0; i < 4; ++i) {
            float &value = state.scores[n][i];
            value *= factor;
            if (capped) value = tanhf(value) * (call.softcap * LOG2_E);
            if (masked && !sees(tile, state.position[i / 2], column + n * 8 + i % 2)) value = -INFINITY;
        }
    }
}

// Turns scores into weights relative to the largest score so far, and brings earlier sums to the same measure.
template <int WIDTH>
DEVICE void weigh(WarpState<WIDTH> &state) {
    UNROLL
    for (int half = 0; half < 2; ++half) {
        float largest = state.largest[half];
        UNROLL
        for (auto &tile : state.scores) largest = fmaxf(largest, fmaxf(tile[2 * half], tile[2 * half + 1]));
        largest = fmaxf(largest, shuffle_xor(largest, 1));
        largest = fmaxf(largest, shuffle_xor(largest, 2));
        // Finite: every row sees one of the first keys, since a tile has no more queries than keys are taken at a time.
        const float correction = power_of_two(state.largest[half] - largest);
        state.largest[half] = largest;
        state.weight[half] *= correction;
        UNROLL
        for (auto &tile : state.scores) {
            UNROLL
            for (int i = 2 * half; i < 2 * half + 2; ++i) {
                tile[i] = power_of_two(tile[i] - largest);
                state.weight[half] += tile[i];
            }
        }
        UNROLL
        for (auto &tile : state.sums) {
            tile[2 * half] *= correction;
            tile[2 * half + 1] *= correction;
        }
    }
}

// sums += weights · values
template <class Number, int WIDTH>
DEVICE void add_values(WarpState<WIDTH> &state, const uint16_t *values) {
    using Shape = AttentionShape<WIDTH>;
    const int lane = (int)threadIdx.x % 32;
    const uint16_t *mine = values + lane % 16 * Shape::STRIDE + lane / 16 * 8;
    UNROLL
    for (int pair = 0; pair < Shape::ROWS / 16; ++pair) {
        const float(&first)[4] = state.scores[2 * pair], (&second)[4] = state.scores[2 * pair + 1];
        const uint32_t weights[4] = {Number::pack(first[0], first[1]), Number::pack(first[2], first[3]),
                                     Number::pack(second[0], second[1]), Number::pack(second[2], second[3])};
        UNROLL
        for (int step = 0; step < Shape::STEPS; ++step) {
            uint32_t value[4];
            load_matrices_transposed(value, mine + pair * 16 * Shape::STRIDE + step * 16);
            Number::multiply(state.sums[2 * step], weights, value[0], value[1]);
            Number::multiply(state.sums[2 * step + 1], weights, value[2], value[3]);
        }
    }
}

// Divides by the sum of the weights, rounds and stores.
template <class Number, int WIDTH>
DEVICE void write_out(WarpState<WIDTH> &state, const AttentionCall &call, const Tile &tile) {
    const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    UNROLL
    for (int half = 0; half < 2; ++half) {
        float weight = state.weight[half];
        weight += shuffle_xor(weight, 1);
        weight += shuffle_xor(weight, 2);
        const float factor = 1.0f / weight;
        uint16_t *to = query_row(tile, (uint16_t *)call.output, (int64_t)call.heads * call.width, call.width,
                                 warp * 16 + lane / 4 + half * 8);
        if (to == nullptr) continue;
        UNROLL
        for (int n = 0; n < WIDTH / 8; ++n) {
            const int column = n * 8 + lane % 4 * 2;
            const float low = state.sums[n][2 * half] * factor, high = state.sums[n][2 * half + 1] * factor;
            if (call.width % 2 == 0) {
                if (column < call.width) *reinterpret_cast<uint32_t *>(to + column) = Number::pack(low, high);
            } else {
                if (column < call.width) to[column] = Number::narrow(low);
                if (column + 1 < call.width) to[column + 1] = Number::narrow(high);
            }
        }
    }
}

// A warp that has seen no key yet.
template <int WIDTH>
DEVICE void begin(WarpState<WIDTH> &state, const Tile &tile) {
    const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    UNROLL
    for (auto &column : state.sums) {
        UNROLL
        for (float &value : column) value = 0.0f;
    }
    UNROLL
    for (int half = 0; half < 2; ++half) {
        state.largest[half] = -INFINITY;
        state.weight[half] = 0.0f;
        state.position[half] = position_of(tile, warp * 16 + lane / 4 + half * 8);
    }
}

template <class Number, int WIDTH>
DEVICE void attend(const AttentionCall &call) {
    using Shape = AttentionShape<WIDTH>;
    SHARED_MEMORY(memory);
    uint16_t *queries = (uint16_t *)memory, *keys = queries + Shape::TILE, *values = keys + Shape::TILE;
    const Tile tile = Tile::of(call, Shape::ROWS);
    const auto *all_queries = (const uint16_t *)call.queries;
    const bool aligned = call.width % 8 == 0 && call.query_stride % 8 == 0 && call.key_stride % 8 == 0 &&
                         call.value_stride % 8 == 0 && on_16_bytes(call.queries) && on_16_bytes(call.keys) &&
                         on_16_bytes(call.values);
    const auto copy_keys = [&](uint16_t *to, const void *matrix, int64_t stride, int start) {
        copy_rows<WIDTH>(to, matrix, call.width, aligned, [&](int row) {
            return key_row(tile, (const uint16_t *)matrix, stride, call.width, start + row);
        });
    };
    copy_rows<WIDTH>(queries, call.queries, call.width, aligned, [&](int row) {
        return query_row(tile, all_queries, call.query_stride, call.width, row);
    });
    copy_keys(keys, call.keys, call.key_stride, tile.first_key);

    WarpState<WIDTH> state;
    begin(state, tile);
    await_copies();
    __syncthreads();
    if (Shape::KEEPS_QUERIES) {
        UNROLL
        for (int step = 0; step < Shape::STEPS; ++step) {
            load_query<WIDTH>(state.queries[Shape::KEEPS_QUERIES ? step : 0], queries, step);
        }
    }
    for (int start = tile.first_key; start < tile.end_key; start += Shape::ROWS) {
        // Here the keys are in shared memory, and no warp reads values any more.
        copy_keys(values, call.values, call.value_stride, start);
        score<Number>(state, queries, keys);
        await_copies();
        __syncthreads();
        // Here the values are there, and no warp reads keys any more.
        if (start + Shape::ROWS < tile.end_key) copy_keys(keys, call.keys, call.key_stride, start + Shape::ROWS);
        cap_and_mask(state, call, tile, start);
        weigh(state);
        add_values<Number>(state, values);
        await_copies();
        __syncthreads();
    }
    write_out<Number>(state, call, tile);
}

#define ATTENTION(WIDTH)                                                                                               \
    KERNEL(AttentionShape<WIDTH>::THREADS, 2) attention_bf16_##WIDTH(AttentionCall call) {                             \
        attend<BFloat16, WIDTH>(call);                                                                                 \
    }                                                                                                                  \
    KERNEL(AttentionShape<WIDTH>::THREADS, 2) attention_f16_##WIDTH(AttentionCall call) {                              \
        attend<Float16, WIDTH>(call);                                                                                  \
    }

ATTENTION(32)
ATTENTION(64)
ATTENTION(80)
ATTENTION(96)
ATTENTION(112)
ATTENTION(128)
ATTENTION(160)
ATTENTION(192)
ATTENTION(256)

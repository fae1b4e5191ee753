// What the attention kernels of all number formats share: their arguments, and which rows of the batch a block reads.
//
// A batch is packed: its segments lie one after another, and a segment may continue a prefix that lies elsewhere in the
// batch. A query sees the keys of its prefix and those of its own segment up to itself, or the last `window` of them.
// Query heads that share a key head are rows of one matrix: the packed row i of a segment is the head i % group of the
// query i / group. One block computes one tile of packed rows for one key head.
#pragma once

#include "numbers.h"

// Arguments of an attention kernel, launched on a grid of tiles × key heads.
struct AttentionCall {
    // [rows × heads · width], [rows × kv_heads · width] twice; rows lie `…_stride` numbers apart.
    const void *queries;
    const void *keys;
    const void *values;
    // [rows × heads · width] without gaps.
    void *output;
    // [segments × 4]: first row, number of rows, first row of the prefix, number of rows of the prefix.
    const int *segments;
    // [tiles × 2]: segment, first packed row in it.
    const int *tiles;
    int64_t query_stride;
    int64_t key_stride;
    int64_t value_stride;
    int heads;
    int kv_heads;
    // Width of a head; at most the one that the kernel is made for.
    int width;
    // Keys that a query sees, itself included; 0 is all.
    int window;
    // Scores are multiplied by it,
    float scale;
    // then capped at ±c by c · tanh(score / c); 0 is no cap.
    float softcap;
};

static_assert(sizeof(AttentionCall) == 96, "the host passes as much");

// The tile of a block: its packed rows, and the keys that some of them see. Positions count from the prefix's
// beginning.
struct Tile {
    int first_row, rows, prefix_start, prefix;
    int group, head;
    int start, end;
    int first_position, last_position;
    int first_key, end_key;
    int window;

    DEVICE Tile of(const AttentionCall &call, int tile_rows) {
        Tile tile;
        const int *segment = call.segments + 4 * call.tiles[2 * blockIdx.x];
        tile.first_row = segment[0];
        tile.rows = segment[1];
        tile.prefix_start = segment[2];
        tile.prefix = segment[3];
        tile.group = call.heads / call.kv_heads;
        tile.head = (int)blockIdx.y * tile.group;
        tile.start = call.tiles[2 * blockIdx.x + 1];
        const int all = tile.rows * tile.group;
        tile.end = tile.start + tile_rows < all ? tile.start + tile_rows : all;
        tile.first_position = tile.prefix + tile.start / tile.group;
        tile.last_position = tile.prefix + (tile.end - 1) / tile.group;
        tile.window = call.window;
        const int oldest = tile.first_position + 1 - call.window;
        tile.first_key = call.window > 0 && oldest > 0 ? oldest : 0;
        tile.end_key = tile.last_position + 1;
        return tile;
    }
};

// Position of a packed row of the tile. Rows beyond its end have one too; nothing that they come to is stored.
DEVICE int position_of(const Tile &tile, int row) {
    return tile.prefix + (tile.start + row) / tile.group;
}

// Row of the batch that holds the key at a position.
DEVICE int row_of_key(const Tile &tile, int position) {
    return position < tile.prefix ? tile.prefix_start + position : tile.first_row + position - tile.prefix;
}

// Where a packed row of the tile begins in a matrix of all query heads; null beyond the tile's end.
template <class Raw>
DEVICE Raw *query_row(const Tile &tile, Raw *matrix, int64_t stride, int width, int row) {
    const int packed = tile.start + row;
    if (packed >= tile.end) return nullptr;
    return matrix + (tile.first_row + packed / tile.group) * stride + (tile.head + packed % tile.group) * width;
}

// Where the key, or value, at a position begins in a matrix of all key heads; null where no row of the tile sees it.
template <class Raw>
DEVICE Raw *key_row(const Tile &tile, Raw *matrix, int64_t stride, int width, int position) {
    if (position >= tile.end_key) return nullptr;
    return matrix + row_of_key(tile, position) * stride + (int64_t)blockIdx.y * width;
}

// Whether some row of the tile does not see one of the keys from `start` to `end`.
DEVICE bool needs_mask(const Tile &tile, int start, int end) {
    return end > tile.first_position + 1 || (tile.window > 0 && start + tile.window <= tile.last_position);
}

// Whether the query at `position` sees the key at `key`.
DEVICE bool sees(const Tile &tile, int position, int key) {
    return key <= position && (tile.window <= 0 || position - key < tile.window);
}

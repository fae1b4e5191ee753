// A stand-in for a GPU in plain C++17, so that the kernels' own source runs on a CPU in tests. It is slow and strict: a
// lane receives and gives the matrix elements that the PTX manual says, so that a wrong layout shows, and what a GPU
// would not forgive, such as a wrong alignment or a warp that does not act together, ends the program with a message.
#pragma once

#include <algorithm>
#include <cmath>

#include "shim_threads.h"

namespace shim {

inline float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

inline uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

// Rounds to the nearest bf16, to even.
inline uint16_t narrow_to_bf16(float value) {
    if (std::isnan(value)) return 0x7fff;
    const uint32_t bits = bits_of(value);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// Rounds to the nearest f16, to even.
inline uint16_t narrow_to_f16(float value) {
    const uint16_t sign = (uint16_t)(bits_of(value) >> 16 & 0x8000);
    if (std::isnan(value)) return 0x7fff;
    const double size = std::fabs((double)value);
    int exponent;
    std::frexp(size, &exponent);
    // The distance between neighbours: 2^-10 of the power of two below, but never less than 2^-24.
    const double step = std::ldexp(1.0, std::max(exponent - 11, -24));
    const double rounded = std::nearbyint(size / step) * step;
    if (rounded >= 65536.0) return sign | 0x7c00;
    if (rounded < std::ldexp(1.0, -14)) return sign | (uint16_t)std::ldexp(rounded, 24);
    const double mantissa = std::frexp(rounded, &exponent);
    return sign | (uint16_t)((exponent + 14) << 10 | ((int)std::ldexp(mantissa, 11) & 0x3ff));
}

inline float widen_f16(uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 0x3ff;
    float size = std::ldexp((float)(fraction | 0x400), exponent - 25);
    if (exponent == 0) size = std::ldexp((float)fraction, -24);
    if (exponent == 31) size = fraction == 0 ? INFINITY : NAN;
    return bits & 0x8000 ? -size : size;
}

inline float widen_bf16(uint16_t bits) {
    return float_of((uint32_t)bits << 16);
}

// The values of two registers, low halves first.
template <float (*WIDEN)(uint16_t)>
void widen_pair(float *to, uint32_t pair) {
    to[0] = WIDEN((uint16_t)(pair & 0xffff));
    to[1] = WIDEN((uint16_t)(pair >> 16));
}

// c += a · b of 16 × 16 and 16 × 8 matrices, in the layout of mma.m16n8k16.
template <float (*WIDEN)(uint16_t)>
void multiply(Fiber *lanes) {
    float a[16][16], b[16][8];
    for (int lane = 0; lane < LANES; ++lane) {
        const Offer &offer = lanes[lane].offer;
        const int group = lane / 4, column = lane % 4 * 2;
        widen_pair<WIDEN>(&a[group][column], offer.a[0]);
        widen_pair<WIDEN>(&a[group + 8][column], offer.a[1]);
        widen_pair<WIDEN>(&a[group][column + 8], offer.a[2]);
        widen_pair<WIDEN>(&a[group + 8][column + 8], offer.a[3]);
        for (int half = 0; half < 2; ++half) {
            float pair[2];
            widen_pair<WIDEN>(pair, offer.b[half]);
            b[column + 8 * half][group] = pair[0];
            b[column + 8 * half + 1][group] = pair[1];
        }
    }
    float products[16][8] = {};
    for (int row = 0; row < 16; ++row) {
        for (int k = 0; k < 16; ++k) {
            for (int column = 0; column < 8; ++column) products[row][column] += a[row][k] * b[k][column];
        }
    }
    for (int lane = 0; lane < LANES; ++lane) {
        for (int i = 0; i < 4; ++i) {
            lanes[lane].offer.c[i] += products[lane / 4 + i / 2 * 8][lane % 4 * 2 + i % 2];
        }
    }
}

// Ends the program unless the eight rows of a matrix are aligned and lie in different banks.
inline void check_rows(Fiber *lanes, int matrix) {
    unsigned banks = 0;
    for (int row = 0; row < 8; ++row) {
        const unsigned char *address = (const unsigned char *)lanes[matrix * 8 + row].offer.row;
        if (address < shared_memory() || address + 16 > machine.memory.data() + machine.memory.size() - MARGIN) {
            fail("a row of a matrix lies outside shared memory");
        }
        const size_t place = (size_t)(address - shared_memory());
        if (place % 16 != 0) fail("a row of a matrix is not on 16 bytes");
        banks |= 1u << (place / 16 % 8);
    }
    if (banks != 0xff) fail("the rows of a matrix share banks");
}

// Four 8 × 8 matrices in the layout of ldmatrix.x4, or of its transposing form.
template <bool TRANSPOSED>
void load(Fiber *lanes) {
    for (int matrix = 0; matrix < 4; ++matrix) {
        check_rows(lanes, matrix);
        for (int lane = 0; lane < LANES; ++lane) {
            uint16_t pair[2];
            for (int i = 0; i < 2; ++i) {
                const int along = lane % 4 * 2 + i, across = lane / 4;
                const int row = TRANSPOSED ? along : across, column = TRANSPOSED ? across : along;
                memcpy(&pair[i], (const uint16_t *)lanes[matrix * 8 + row].offer.row + column, sizeof pair[i]);
            }
            lanes[lane].offer.values[matrix] = (uint32_t)pair[1] << 16 | pair[0];
        }
    }
}

inline void exchange(Fiber *lanes) {
    float values[LANES];
    for (int lane = 0; lane < LANES; ++lane) values[lane] = lanes[lane].offer.value;
    for (int lane = 0; lane < LANES; ++lane) lanes[lane].offer.value = values[lane ^ lanes[lane].offer.mask];
}

template <float (*WIDEN)(uint16_t)>
void multiply_together(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    static const char kind = 0;
    Offer &offer = own_offer();
    memcpy(offer.a, a, sizeof offer.a);
    memcpy(offer.c, c, sizeof offer.c);
    offer.b[0] = b0;
    offer.b[1] = b1;
    memcpy(c, act_together(&kind, multiply<WIDEN>).c, sizeof c);
}

template <bool TRANSPOSED>
void load_together(uint32_t (&values)[4], const void *row) {
    static const char kind = 0;
    own_offer().row = row;
    memcpy(values, act_together(&kind, load<TRANSPOSED>).values, sizeof values);
}

inline void perform(const Copy &copy) {
    if (copy.present) memcpy(copy.to, copy.from, 16);
    else memset(copy.to, 0, 16);
}

}  // namespace shim

#define threadIdx (shim::thread_index)
#define blockIdx (shim::block_index)
#define blockDim (shim::block_size)
#define gridDim (shim::grid_size)

#define DEVICE static inline
#define KERNEL(threads, blocks) extern "C" void
#define SHARED_MEMORY(name) unsigned char *name = shim::shared_memory()
#define UNROLL

// What device.h says of these holds here.

inline void __syncthreads() {
    shim::await_block();
}

DEVICE void copy_async(void *to, const void *from, bool present) {
    const shim::Copy copy = {to, from, present};
    if (((uintptr_t)to | (uintptr_t)from) % 16 != 0) shim::fail("a copy is not on 16 bytes");
    if (shim::random_below(2) == 0) shim::perform(copy);
    else shim::machine.fibers[shim::machine.current].copies.push_back(copy);
}

DEVICE void await_copies() {
    std::vector<shim::Copy> &copies = shim::machine.fibers[shim::machine.current].copies;
    for (const shim::Copy &copy : copies) shim::perform(copy);
    copies.clear();
}

DEVICE void load_matrices(uint32_t (&values)[4], const void *row) {
    shim::load_together<false>(values, row);
}

DEVICE void load_matrices_transposed(uint32_t (&values)[4], const void *row) {
    shim::load_together<true>(values, row);
}

DEVICE void multiply_bf16(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    shim::multiply_together<shim::widen_bf16>(c, a, b0, b1);
}

DEVICE void multiply_f16(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    shim::multiply_together<shim::widen_f16>(c, a, b0, b1);
}

DEVICE float shuffle_xor(float value, int mask) {
    static const char kind = 0;
    shim::own_offer().value = value;
    shim::own_offer().mask = mask;
    return shim::act_together(&kind, shim::exchange).value;
}

DEVICE float power_of_two(float x) {
    return exp2f(x);
}

DEVICE uint32_t pack_bf16(float low, float high) {
    return (uint32_t)shim::narrow_to_bf16(high) << 16 | shim::narrow_to_bf16(low);
}

DEVICE uint32_t pack_f16(float low, float high) {
    return (uint32_t)shim::narrow_to_f16(high) << 16 | shim::narrow_to_f16(low);
}

DEVICE float widen_bf16(uint16_t bits) {
    return shim::widen_bf16(bits);
}

DEVICE float widen_f16(uint16_t bits) {
    return shim::widen_f16(bits);
}

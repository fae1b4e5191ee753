// The number formats of the kernels, and runs of numbers that are loaded and stored at once.
#pragma once

#include "device.h"

struct BFloat16 {
    using Raw = uint16_t;

    DEVICE float widen(Raw bits) { return widen_bf16(bits); }
    DEVICE Raw narrow(float value) { return (Raw)pack_bf16(value, 0.0f); }
    DEVICE uint32_t pack(float low, float high) { return pack_bf16(low, high); }
    DEVICE void multiply(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
        multiply_bf16(c, a, b0, b1);
    }
};

struct Float16 {
    using Raw = uint16_t;

    DEVICE float widen(Raw bits) { return widen_f16(bits); }
    DEVICE Raw narrow(float value) { return (Raw)pack_f16(value, 0.0f); }
    DEVICE uint32_t pack(float low, float high) { return pack_f16(low, high); }
    DEVICE void multiply(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
        multiply_f16(c, a, b0, b1);
    }
};

struct Float32 {
    using Raw = float;

    DEVICE float widen(Raw value) { return value; }
    DEVICE Raw narrow(float value) { return value; }
};

// Neighbouring numbers at an address that is a multiple of their size.
template <class Raw, int COUNT>
struct alignas(sizeof(Raw) * COUNT) Run {
    Raw values[COUNT];
};

// Numbers of a run of 16 bytes.
template <class Number>
struct Widest {
    static constexpr int COUNT = 16 / (int)sizeof(typename Number::Raw);
};

// Loads a run and widens it.
template <class Number, int COUNT>
DEVICE void load_run(float (&values)[COUNT], const typename Number::Raw *from) {
    const auto run = *reinterpret_cast<const Run<typename Number::Raw, COUNT> *>(from);
    UNROLL
    for (int i = 0; i < COUNT; ++i) values[i] = Number::widen(run.values[i]);
}

// Rounds a run and stores it.
template <class Number, int COUNT>
DEVICE void store_run(typename Number::Raw *to, const float (&values)[COUNT]) {
    Run<typename Number::Raw, COUNT> run;
    UNROLL
    for (int i = 0; i < COUNT; ++i) run.values[i] = Number::narrow(values[i]);
    *reinterpret_cast<Run<typename Number::Raw, COUNT> *>(to) = run;
}

// Whether an address is a multiple of 16; a null pointer is.
DEVICE bool on_16_bytes(const void *pointer) {
    return ((uintptr_t)pointer & 15) == 0;
}

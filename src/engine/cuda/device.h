// What the kernels take from the machine they run on. With nvcc it is CUDA and PTX for compute capability 8.0 and
// later; with any other compiler it is the stand-in of shim.h, so that the same kernels run on a CPU in tests.
#pragma once

#include <math.h>
#include <stdint.h>

#ifndef __CUDACC__
#include "shim.h"
#else

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
#error "the kernels need compute capability 8.0 or later"
#endif

#define DEVICE static __device__ __forceinline__
// A kernel whose blocks have so many threads, and so few registers that a multiprocessor holds so many blocks.
#define KERNEL(threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks)
#define SHARED_MEMORY(name) extern __shared__ __align__(16) unsigned char name[]
#define UNROLL _Pragma("unroll")

DEVICE uint32_t shared_address(const void *pointer) {
    return (uint32_t)__cvta_generic_to_shared(pointer);
}

// Starts copying 16 bytes of global memory to shared memory, or zeros where they are not `present`. Both addresses are
// multiples of 16.
DEVICE void copy_async(void *to, const void *from, bool present) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 ::"r"(shared_address(to)), "l"(__cvta_generic_to_global(from)), "r"(present ? 16 : 0)
                 : "memory");
}

// Waits until what this thread has started to copy is there.
DEVICE void await_copies() {
    asm volatile("cp.async.wait_all;" ::: "memory");
}

// Loads four 8 × 8 matrices of 16-bit values. Lane 8·i + r names the row r of matrix i; lane l receives from matrix i
// the values at row l / 4 and columns 2·(l % 4) and the next.
DEVICE void load_matrices(uint32_t (&values)[4], const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(values[0]), "=r"(values[1]), "=r"(values[2]), "=r"(values[3])
                 : "r"(shared_address(row))
                 : "memory");
}

// The same of the transposed matrices: lane l receives the values at rows 2·(l % 4) and the next and column l / 4.
DEVICE void load_matrices_transposed(uint32_t (&values)[4], const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(values[0]), "=r"(values[1]), "=r"(values[2]), "=r"(values[3])
                 : "r"(shared_address(row))
                 : "memory");
}

// c += a · b for a 16 × 16, b 16 × 8 and c 16 × 8, in bf16 with f32 sums, spread over a warp. With g = lane / 4 and
// t = lane % 4, two values to a register, the first one low:
//   a: rows g, g + 8, g, g + 8 at columns 2t, 2t, 2t + 8, 2t + 8 and the next ones
//   b: rows 2t and 2t + 8 and the next ones at column g
//   c: rows g, g, g + 8, g + 8 at columns 2t, 2t + 1, 2t, 2t + 1
DEVICE void multiply_bf16(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// The same in f16.
DEVICE void multiply_f16(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// The value of the lane whose number differs in the bits of `mask`.
DEVICE float shuffle_xor(float value, int mask) {
    return __shfl_xor_sync(0xffffffffu, value, mask);
}

// 2 to the power of x, to about 2 units in the last place.
DEVICE float power_of_two(float x) {
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

// Two values rounded to bf16, to the nearest and to even, in one register: `low` in the lower half.
DEVICE uint32_t pack_bf16(float low, float high) {
    uint32_t packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

// The same in f16.
DEVICE uint32_t pack_f16(float low, float high) {
    uint32_t packed;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

// The f32 of the bits of a bf16.
DEVICE float widen_bf16(uint16_t bits) {
    return __uint_as_float((uint32_t)bits << 16);
}

// The f32 of the bits of an f16.
DEVICE float widen_f16(uint16_t bits) {
    float result;
    asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(bits));
    return result;
}

#endif

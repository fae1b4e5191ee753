// The threads of the stand-in for a GPU: every thread of a block is a fiber with a stack of its own. Fibers change at
// barriers and where a warp acts together, to one chosen at random by a seed: a missing barrier shows as a wrong result
// for some seed. Shared memory begins as NaN, and copies to it arrive as late, or as early, as a GPU may let them: what
// is read too early shows too.
#pragma once

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <functional>
#include <memory>
#include <vector>

namespace shim {

constexpr int LANES = 32;
constexpr size_t STACK_BYTES = 128 * 1024;
// Bytes on either side of shared memory that no kernel may change.
constexpr size_t MARGIN = 1024;
constexpr unsigned char FRESH = 0xff, UNTOUCHED = 0xa5;

struct Index {
    unsigned x, y, z;
};

[[noreturn]] inline void fail(const char *message) {
    fprintf(stderr, "shim: %s\n", message);
    exit(1);
}

// A copy to shared memory that has been started.
struct Copy {
    void *to;
    const void *from;
    bool present;
};

// What a lane brings to, and takes from, an act of its warp.
struct Offer {
    const void *kind;
    const void *row;
    uint32_t a[4], b[2], values[4];
    float c[4];
    float value;
    int mask;
};

struct Fiber {
    // Where it begins, and where it went on to another fiber.
    ucontext_t beginning;
    jmp_buf left;
    bool begun;
    std::unique_ptr<char[]> stack;
    std::vector<Copy> copies;
    Offer offer;
};

struct Machine {
    std::vector<Fiber> fibers;
    std::vector<int> runnable;
    std::vector<int> arrived_of_warp;
    std::vector<unsigned char> memory;
    std::function<void()> kernel;
    ucontext_t caller;
    size_t threads = 0, finished = 0, arrived = 0;
    int current = 0;
    uint64_t random = 1;
};

inline Machine machine;
inline Index thread_index, block_index, block_size, grid_size;

inline uint64_t random_below(uint64_t bound) {
    machine.random ^= machine.random << 13;
    machine.random ^= machine.random >> 7;
    machine.random ^= machine.random << 17;
    return machine.random % bound;
}

// Goes on with a fiber. Only its first step is a change of context, which calls the system; the others are jumps.
[[noreturn]] inline void resume(int index) {
    Fiber &fiber = machine.fibers[index];
    machine.current = index;
    thread_index = {(unsigned)index, 0, 0};
    if (fiber.begun) _longjmp(fiber.left, 1);
    fiber.begun = true;
    setcontext(&fiber.beginning);
    fail("a fiber does not start");
}

// Leaves the running fiber for any that can run; back to the caller when all have finished.
inline void change_fiber() {
    if (machine.runnable.empty()) {
        if (machine.finished < machine.threads) fail("some threads wait for others that have ended or wait elsewhere");
        setcontext(&machine.caller);
    }
    const size_t chosen = random_below(machine.runnable.size());
    const int next = machine.runnable[chosen];
    machine.runnable[chosen] = machine.runnable.back();
    machine.runnable.pop_back();
    if (next == machine.current) return;
    if (_setjmp(machine.fibers[machine.current].left) == 0) resume(next);
}

inline void run_fiber() {
    machine.kernel();
    if (!machine.fibers[machine.current].copies.empty()) fail("a thread ended before its copies arrived");
    ++machine.finished;
    change_fiber();
}

inline void prepare_fiber(Fiber &fiber) {
    if (fiber.stack == nullptr) fiber.stack = std::make_unique<char[]>(STACK_BYTES);
    fiber.begun = false;
    getcontext(&fiber.beginning);
    fiber.beginning.uc_stack.ss_sp = fiber.stack.get();
    fiber.beginning.uc_stack.ss_size = STACK_BYTES;
    fiber.beginning.uc_link = nullptr;
    makecontext(&fiber.beginning, run_fiber, 0);
}

inline unsigned char *shared_memory() {
    return machine.memory.data() + MARGIN;
}

inline void check_margins() {
    const std::vector<unsigned char> &memory = machine.memory;
    for (size_t i = 0; i < MARGIN; ++i) {
        if (memory[i] != UNTOUCHED || memory[memory.size() - 1 - i] != UNTOUCHED) {
            fail("a kernel wrote beyond its shared memory");
        }
    }
}

inline void run_block(size_t shared_bytes) {
    machine.memory.assign(shared_bytes + 2 * MARGIN, UNTOUCHED);
    if ((uintptr_t)shared_memory() % 16 != 0) fail("shared memory is not on 16 bytes");
    memset(shared_memory(), FRESH, shared_bytes);
    machine.finished = machine.arrived = 0;
    machine.runnable.clear();
    for (size_t i = 0; i < machine.threads; ++i) {
        prepare_fiber(machine.fibers[i]);
        machine.runnable.push_back((int)i);
    }
    const int first = machine.runnable.back();
    machine.runnable.pop_back();
    // The last fiber that ends comes back here.
    volatile bool entered = false;
    getcontext(&machine.caller);
    if (!entered) {
        entered = true;
        resume(first);
    }
    check_margins();
}

// Runs a kernel on every block of a grid, one block after another.
inline void launch(Index grid, unsigned threads, size_t shared_bytes, uint64_t seed, std::function<void()> kernel) {
    if (threads % LANES != 0) fail("a block is not made of whole warps");
    machine.threads = threads;
    machine.fibers.resize(threads);
    machine.arrived_of_warp.assign(threads / LANES, 0);
    machine.kernel = std::move(kernel);
    machine.random = seed * 2 + 1;
    grid_size = grid;
    block_size = {threads, 1, 1};
    for (unsigned y = 0; y < grid.y; ++y) {
        for (unsigned x = 0; x < grid.x; ++x) {
            block_index = {x, y, 0};
            run_block(shared_bytes);
        }
    }
}

// Waits until all threads of the block have come.
inline void await_block() {
    if (++machine.arrived == machine.threads) {
        machine.arrived = 0;
        for (size_t i = 0; i < machine.threads; ++i) machine.runnable.push_back((int)i);
    }
    change_fiber();
}

// Waits until all lanes of the warp have come with offers of one kind; the last to come performs the act for all.
inline Offer &act_together(const void *kind, void (*act)(Fiber *)) {
    const int warp = machine.current / LANES;
    Fiber *lanes = &machine.fibers[(size_t)warp * LANES];
    Offer &mine = machine.fibers[machine.current].offer;
    mine.kind = kind;
    if (++machine.arrived_of_warp[warp] < LANES) {
        change_fiber();
        return mine;
    }
    machine.arrived_of_warp[warp] = 0;
    for (int lane = 0; lane < LANES; ++lane) {
        if (lanes[lane].offer.kind != kind) fail("the lanes of a warp do not act together");
    }
    act(lanes);
    for (int lane = 0; lane < LANES; ++lane) machine.runnable.push_back(warp * LANES + lane);
    change_fiber();
    return mine;
}

inline Offer &own_offer() {
    return machine.fibers[machine.current].offer;
}

}  // namespace shim

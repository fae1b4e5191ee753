// Runs one kernel on the stand-in for a GPU. Standard input is a line of words, which name the kernel and its sizes,
// and then arrays in the machine's byte order, each after its size in bytes (64 bits); standard output is the results'
// bytes.
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "../../src/engine/cuda/attention.cu"
#include "../../src/engine/cuda/attention_f32.cu"
#include "../../src/engine/cuda/gate.cu"
#include "../../src/engine/cuda/log_sum_exp.cu"
#include "../../src/engine/cuda/rotary.cu"

namespace {

using Bytes = std::vector<unsigned char>;

[[noreturn]] void refuse(const std::string &message) {
    std::cerr << "harness: " << message << "\n";
    exit(2);
}

Bytes read_array() {
    uint64_t size = 0;
    std::cin.read((char *)&size, sizeof size);
    Bytes bytes(size);
    std::cin.read((char *)bytes.data(), (std::streamsize)size);
    if (!std::cin) refuse("the input ends within an array");
    return bytes;
}

template <class Value>
void write_array(const std::vector<Value> &values) {
    std::cout.write((const char *)values.data(), (std::streamsize)(values.size() * sizeof(Value)));
}

template <class Value>
Value word(std::istream &line) {
    Value value;
    if (!(line >> value)) refuse("a word is missing or not a number");
    return value;
}

size_t bytes_of(const std::string &format) {
    return format == "f32" ? 4 : 2;
}

template <class Call>
struct Kernel {
    void (*run)(Call);
    int shared_bytes;
    unsigned threads;
};

#define TENSOR_CORE(WIDTH)                                                                                            \
    {"bf16_" #WIDTH, {attention_bf16_##WIDTH, AttentionShape<WIDTH>::SHARED_BYTES, AttentionShape<WIDTH>::THREADS}},    \
        {"f16_" #WIDTH, {attention_f16_##WIDTH, AttentionShape<WIDTH>::SHARED_BYTES, AttentionShape<WIDTH>::THREADS}}, \
    {                                                                                                                  \
        "f32_" #WIDTH, {                                                                                               \
            attention_f32_##WIDTH, WideAttentionShape<WIDTH>::SHARED_BYTES, WideAttentionShape<WIDTH>::THREADS         \
        }                                                                                                              \
    }

const std::map<std::string, Kernel<AttentionCall>> ATTENTION_KERNELS = {
    TENSOR_CORE(32),  TENSOR_CORE(64),  TENSOR_CORE(80),  TENSOR_CORE(96),  TENSOR_CORE(112),
    TENSOR_CORE(128), TENSOR_CORE(160), TENSOR_CORE(192), TENSOR_CORE(256),
};

template <class Call>
Kernel<Call> find(const std::map<std::string, Kernel<Call>> &kernels, const std::string &name) {
    const auto found = kernels.find(name);
    if (found == kernels.end()) refuse("no kernel is called " + name);
    return found->second;
}

template <class Call>
void launch(const Kernel<Call> &kernel, shim::Index grid, uint64_t seed, const Call &call) {
    shim::launch(grid, kernel.threads, (size_t)kernel.shared_bytes, seed, [&] { kernel.run(call); });
}

// attention FORMAT KERNEL_WIDTH SEED ROWS HEADS KV_HEADS WIDTH STRIDE OFFSET WINDOW SCALE SOFTCAP; the joined
// projection, which begins OFFSET numbers into its array, segments and tiles.
void attention(std::istream &line) {
    const auto format = word<std::string>(line), kernel_width = word<std::string>(line);
    const auto seed = word<uint64_t>(line), rows = word<uint64_t>(line);
    AttentionCall call = {};
    call.heads = word<int>(line);
    call.kv_heads = word<int>(line);
    call.width = word<int>(line);
    call.query_stride = call.key_stride = call.value_stride = word<int64_t>(line);
    const size_t bytes = bytes_of(format), offset = word<uint64_t>(line);
    call.window = word<int>(line);
    call.scale = word<float>(line);
    call.softcap = word<float>(line);
    const Bytes joined = read_array(), segments = read_array(), tiles = read_array();
    const unsigned char *first = joined.data() + offset * bytes;
    call.queries = first;
    call.keys = first + (size_t)call.heads * call.width * bytes;
    call.values = first + (size_t)(call.heads + call.kv_heads) * call.width * bytes;
    call.segments = (const int *)segments.data();
    call.tiles = (const int *)tiles.data();
    Bytes output(rows * call.heads * call.width * bytes, 0xff);
    call.output = output.data();
    const shim::Index grid = {(unsigned)(tiles.size() / 8), (unsigned)call.kv_heads, 1};
    launch(find(ATTENTION_KERNELS, format + "_" + kernel_width), grid, seed, call);
    write_array(output);
}

// shape FORMAT KERNEL_WIDTH. The results are threads and bytes of shared memory of a block, as 32-bit integers.
void shape(std::istream &line) {
    const auto format = word<std::string>(line), kernel_width = word<std::string>(line);
    const Kernel<AttentionCall> kernel = find(ATTENTION_KERNELS, format + "_" + kernel_width);
    write_array(std::vector<uint32_t>{kernel.threads, (uint32_t)kernel.shared_bytes});
}

const std::map<std::string, Kernel<RotaryCall>> ROTARY_KERNELS = {
    {"bf16", {rotary_split_bf16, 0, ROTARY_THREADS}},
    {"f16", {rotary_split_f16, 0, ROTARY_THREADS}},
    {"f32", {rotary_split_f32, 0, ROTARY_THREADS}},
};

// rotary FORMAT SEED ROWS HEADS KV_HEADS WIDTH HALF STRIDE OFFSET VALUES; the joined projection, cosines and sines.
// Results are queries, keys and, if VALUES is 1, values.
void rotary(std::istream &line) {
    const auto format = word<std::string>(line);
    const auto seed = word<uint64_t>(line), rows = word<uint64_t>(line);
    RotaryCall call = {};
    call.heads = word<int>(line);
    call.kv_heads = word<int>(line);
    call.width = word<int>(line);
    call.half = word<int>(line);
    call.query_stride = call.key_stride = call.value_stride = word<int64_t>(line);
    const size_t bytes = bytes_of(format), offset = word<uint64_t>(line);
    const bool with_values = word<int>(line) == 1;
    const Bytes joined = read_array(), cosines = read_array(), sines = read_array();
    const size_t query_bytes = (size_t)call.heads * call.width * bytes;
    const size_t key_bytes = (size_t)call.kv_heads * call.width * bytes;
    call.queries = joined.data() + offset * bytes;
    call.keys = (const unsigned char *)call.queries + query_bytes;
    call.values = (const unsigned char *)call.keys + key_bytes;
    call.cosines = (const float *)cosines.data();
    call.sines = (const float *)sines.data();
    Bytes queries(rows * query_bytes, 0xff), keys(rows * key_bytes, 0xff);
    Bytes values(with_values ? rows * key_bytes : 0, 0xff);
    call.queries_out = queries.data();
    call.keys_out = keys.data();
    call.values_out = with_values ? values.data() : nullptr;
    launch(find(ROTARY_KERNELS, format), {(unsigned)rows, 1, 1}, seed, call);
    write_array(queries);
    write_array(keys);
    write_array(values);
}

const std::map<std::string, Kernel<GateCall>> GATE_KERNELS = {
    {"bf16", {gate_bf16, 0, GATE_THREADS}},
    {"f16", {gate_f16, 0, GATE_THREADS}},
    {"f32", {gate_f32, 0, GATE_THREADS}},
};

// gate FORMAT SEED ROWS WIDTH STRIDE ACTIVATION BLOCKS; the joined projection.
void gate_rows(std::istream &line) {
    const auto format = word<std::string>(line);
    const auto seed = word<uint64_t>(line);
    GateCall call = {};
    call.rows = word<int64_t>(line);
    call.width = word<int>(line);
    call.stride = word<int64_t>(line);
    call.activation = word<int>(line);
    const auto blocks = word<unsigned>(line);
    const Bytes joined = read_array();
    Bytes output((size_t)call.rows * call.width * bytes_of(format), 0xff);
    call.joined = joined.data();
    call.output = output.data();
    launch(find(GATE_KERNELS, format), {blocks, 1, 1}, seed, call);
    write_array(output);
}

// log_sum_exp SEED ROWS VOCABULARY BLOCK DIVISOR SOFTCAP; logits, bias (or nothing), starts of the rows' targets and
// their ids. The vocabulary is seen BLOCK entries at a time. Results are the largest, the sums and the targets' logits
// in f64.
void sum_rows(std::istream &line) {
    const auto seed = word<uint64_t>(line), rows = word<uint64_t>(line);
    const auto vocabulary = word<int>(line), block = word<int>(line);
    LogSumExpCall call = {};
    call.divisor = word<float>(line);
    call.softcap = word<float>(line);
    const Bytes logits = read_array(), bias = read_array(), starts = read_array(), targets = read_array();
    std::vector<double> largest(rows, -INFINITY), sum(rows, 0.0), target_logits(targets.size() / 4, NAN);
    call.largest = largest.data();
    call.sum = sum.data();
    call.target_starts = (const int *)starts.data();
    call.targets = (const uint32_t *)targets.data();
    call.target_logits = target_logits.data();
    call.stride = vocabulary;
    const Kernel<LogSumExpCall> kernel = {log_sum_exp, LOG_SUM_EXP_SHARED_BYTES, LOG_SUM_EXP_THREADS};
    for (int first = 0; first < vocabulary; first += block) {
        call.first = (uint32_t)first;
        call.columns = std::min(block, vocabulary - first);
        call.logits = (const float *)logits.data() + first;
        call.bias = bias.empty() ? nullptr : (const float *)bias.data() + first;
        launch(kernel, {(unsigned)rows, 1, 1}, seed, call);
    }
    write_array(largest);
    write_array(sum);
    write_array(target_logits);
}

}  // namespace

int main() {
    const std::map<std::string, void (*)(std::istream &)> programs = {
        {"attention", attention}, {"shape", shape}, {"rotary", rotary}, {"gate", gate_rows}, {"log_sum_exp", sum_rows}};
    std::string text;
    std::getline(std::cin, text);
    std::istringstream line(text);
    const auto program = programs.find(word<std::string>(line));
    if (program == programs.end()) refuse("the first word names no kernel");
    program->second(line);
    std::cout.flush();
    return 0;
}

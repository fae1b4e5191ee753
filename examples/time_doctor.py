"""The bench of `weighhouse doctor` and transformers in turns, on the same models, token ids, device and dtype.

    python examples/time_doctor.py [--program target/release/weighhouse] [--folder DIR] [--shapes NAMES] [--device cpu]
                                   [--dtype f32] [--attention sdpa] [--rounds 2] [--threads N]

Needs torch and transformers 5. Each round runs `weighhouse doctor --bench --bench-folder DIR`, which writes the models
once, and then transformers on what lies in DIR. Both compute −ln p of every target after one pass to warm up; tokens
are those that are read. transformers pads ragged texts to the longest of their batch, as its users do. Prints for each
model and batch the tokens per second of both, the median over the rounds, their ratio, and by how much the mean losses
differ.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM

DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
# Passes that are timed at most, and seconds after which no more are: as doctor does.
PASSES, LONG = 5, 4.0


def arguments():
    """What was typed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="target/release/weighhouse")
    parser.add_argument("--folder", help="where the models are kept [default: one that is removed]")
    parser.add_argument("--shapes", help="as --bench-shapes [default: those that suit the device]")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--dtype", default="f32", choices=DTYPES)
    parser.add_argument("--attention", default="sdpa", help="attn_implementation of transformers")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    return parser.parse_args()


def doctor(options, folder):
    """The rows of the bench by (shape, batch)."""
    command = [
        options.program, "doctor", "--bench", "--bench-folder", folder, "--device", options.device,
        "--dtype", options.dtype, "--format", "json",
    ]
    command += ["--bench-shapes", options.shapes] if options.shapes else []
    environment = {**os.environ, "RAYON_NUM_THREADS": str(options.threads)}
    ended = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=False)
    # 3 tells of a check that failed, which is for doctor's own table to say.
    if ended.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with {ended.returncode}")
    rows = [row for row in json.loads(ended.stdout) if row["section"] == "bench"]
    for row in rows:
        if row["outcome"] != "passed":
            print(f"{row['check']} {row['case'] or ''}: {row['outcome']}: {row['note']}", flush=True)
    return {(row["check"].split(",")[0], row["case"]): row for row in rows if row["outcome"] == "passed"}


def padded(batch, device):
    """Ids, mask of what is read and mask of the targets, each [texts × longest]."""
    longest = max(len(ids) for ids in batch["input_ids"])
    ids = torch.zeros(len(batch["input_ids"]), longest, dtype=torch.long)
    read, scored = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
    for row, (text, first) in enumerate(zip(batch["input_ids"], batch["scored_from"])):
        ids[row, : len(text)] = torch.tensor(text)
        read[row, : len(text)] = 1
        scored[row, max(first, 1) : len(text)] = True
    return ids.to(device), read.to(device), scored.to(device)


def mean_losses(model, ids, read, scored):
    """Mean −ln p of the targets of each text."""
    is_ragged = not bool(read.all())
    mask = read[:, :-1] if is_ragged else None
    logits = model(input_ids=ids[:, :-1], attention_mask=mask, use_cache=False).logits
    means = []
    # Text by text: all logits in f32 at once are more than a device holds.
    for row in range(ids.shape[0]):
        chosen = scored[row, 1:]
        loss = torch.nn.functional.cross_entropy(logits[row][chosen].float(), ids[row, 1:][chosen])
        means.append(loss)
    return torch.stack(means).tolist()


def peer(model, batch, device):
    """Tokens per second and the mean loss of transformers on a batch."""
    ids, read, scored = padded(batch, device)
    tokens = sum(len(text) - 1 for text in batch["input_ids"])
    losses = mean_losses(model, ids, read, scored)
    start, passes = time.perf_counter(), 0
    while passes == 0 or passes < PASSES and time.perf_counter() - start < LONG:
        # The losses come to the host, so that the device has ended.
        mean_losses(model, ids, read, scored)
        passes += 1
    return tokens * passes / (time.perf_counter() - start), statistics.fmean(losses)


def fitting(work):
    """What the work comes to, or None where memory does not hold it; nothing of it is held after that."""
    try:
        return work()
    except torch.OutOfMemoryError:
        return None
    except RuntimeError as error:
        # What PyTorch's allocator for the CPU says.
        if "can't allocate memory" not in str(error):
            raise
        return None


def give_back(device):
    """Gives memory that nothing holds any more back to the device."""
    gc.collect()
    if device != "cpu":
        torch.cuda.empty_cache()


def transformers_on(options, folder, shapes):
    """(tokens per second, mean loss) by (shape, batch)."""
    found = {}
    for shape in shapes:
        path = Path(folder) / shape
        model = AutoModelForCausalLM.from_pretrained(
            path, dtype=DTYPES[options.dtype], attn_implementation=options.attention
        ).eval().to(options.device)
        with torch.inference_mode():
            for batch in json.loads((path / "batches.json").read_text()):
                measured = fitting(lambda batch=batch: peer(model, batch, options.device))
                if measured is None:
                    # Ours may fit where all logits at once do not.
                    print(f"{shape} {batch['name']}: transformers ran out of memory", flush=True)
                    give_back(options.device)
                else:
                    found[shape, batch["name"]] = measured
        del model
        give_back(options.device)
    return found


def main():
    """Runs both in turns and prints the ratios."""
    options = arguments()
    torch.set_num_threads(options.threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    ours, theirs, apart = {}, {}, {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or scratch
        for _ in range(options.rounds):
            rows = doctor(options, folder)
            shapes = list(dict.fromkeys(shape for shape, _ in rows))
            peers = transformers_on(options, folder, shapes)
            for key, row in rows.items():
                if key not in peers:
                    continue
                rate, loss = peers[key]
                ours.setdefault(key, []).append(row["found"])
                theirs.setdefault(key, []).append(rate)
                apart[key] = row["mean_loss"] - loss
    print(f"{options.device} {options.dtype}, transformers {transformers.__version__} ({options.attention}), "
          f"torch {torch.__version__}, {options.threads} threads, {options.rounds} rounds")
    print(f"{'model':14} {'batch':10} {'weighhouse':>12} {'transformers':>13} {'ratio':>6}  losses differ by")
    for key in ours:
        mine, other = statistics.median(ours[key]), statistics.median(theirs[key])
        print(f"{key[0]:14} {key[1]:10} {mine:12.0f} {other:13.0f} {mine / other:6.2f}  {apart[key]:+.1e}")


if __name__ == "__main__":
    main()

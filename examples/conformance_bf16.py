"""Adds to cases of conformance how noisy transformers itself is on them in bf16.

    python examples/conformance_bf16.py FOLDER ...

Needs torch and transformers 5. Each folder holds cases; each case's expected.json gets `bf16_scatter`: the root mean
square, over all tokens, of the difference in nats between -ln p as transformers computes it in bf16 on the CPU and the
`nll` that is there. Nothing else of the file changes. It is a yardstick for other programs' bf16, to about a tenth:
another processor rounds other sums.
"""

import json
import re
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM


def scatter(folder, expected):
    """Root mean square difference of all tokens' losses."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    squares = []
    for ids, nll in zip(expected["input_ids"], expected["nll"]):
        logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, :-1]
        losses = torch.nn.functional.cross_entropy(logits.double(), torch.tensor(ids[1:]), reduction="none")
        squares.append((losses - torch.tensor(nll, dtype=torch.float64)) ** 2)
    return torch.cat(squares).mean().sqrt().item()


def main():
    """Adds the number to every case below the folders."""
    torch.set_grad_enabled(False)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for path in sorted(path for folder in sys.argv[1:] for path in Path(folder).glob("*/expected.json")):
        text = re.sub(r', "bf16_scatter": [^,}]*', "", path.read_text())
        found = scatter(path.parent, json.loads(text))
        path.write_text(re.sub(r"\}(\s*)$", rf', "bf16_scatter": {found:.3g}}}\1', text))
        print(f"{path.parent.name:28} {found:.4f}", flush=True)


if __name__ == "__main__":
    main()

"""Writes the stored cases of test/golden/positions: what OpenCLIP makes of position tables for another image size.

positions.py FILE     source of the rule: open_clip 2.24, model.py `resize_pos_embed` (bicubic, antialias, no aligned corners)
"""
import json
import sys

import torch
import torch.nn.functional as F


def resized(table, class_tokens, to):
    first, grid = table[:class_tokens], table[class_tokens:]
    edge = int(len(grid) ** 0.5)
    maps = grid.reshape(1, edge, edge, -1).permute(0, 3, 1, 2)
    maps = F.interpolate(maps, size=(to, to), mode="bicubic", antialias=True, align_corners=False)
    return torch.cat([first, maps.permute(0, 2, 3, 1).reshape(to * to, -1)])


def case(edge, to, width, class_tokens):
    table = torch.randn(class_tokens + edge * edge, width)  # f32; resampled in f64 so that only the rule is compared
    rounded = lambda tensor: [float(f"{value:.9g}") for value in tensor.reshape(-1).tolist()]
    return {"from": edge, "to": to, "width": width, "class_tokens": class_tokens, "table": rounded(table), "resized": rounded(resized(table.double(), class_tokens, to))}


if __name__ == "__main__":
    torch.manual_seed(5)
    cases = [case(4, 7, 3, 1), case(7, 4, 3, 1), case(6, 17, 2, 0), case(17, 6, 2, 0), case(2, 5, 4, 1), case(5, 5, 2, 1), case(9, 1, 2, 1)]
    with open(sys.argv[1], "w") as out:
        json.dump({"torch": torch.__version__, "seed": 5, "cases": cases}, out)
        out.write("\n")

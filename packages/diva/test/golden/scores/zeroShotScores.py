"""Scores of small tables with ties and with classes and images without partners, by NumPy alone.

Writes zeroShotScores.json beside this script: the tables and their scores. Equal scores are ranked in the order of their
columns (or images), classes without images leave the mean recall, and count as 0 in the mean average precision, as in
CLIP_benchmark (balanced accuracy of scikit-learn; average_precision_per_class).

python3 zeroShotScores.py     made with NumPy 2.4.6, seed 7
"""
import json
import pathlib

import numpy as np

rng = np.random.default_rng(7)


def table(rows, columns, levels):
    """Few distinct values, so that many scores are equal."""
    return rng.integers(0, levels, (rows, columns)) / 8


def order(scores):
    return np.argsort(-scores, axis=1, kind="stable")


def hits(scores, right, k):
    """Share of rows with a right column (bool [rows, columns]) among the first k."""
    return float(np.take_along_axis(right, order(scores)[:, :k], 1).any(1).mean())


def mean_recall(scores, labels):
    predicted = scores.argmax(1)
    return float(np.mean([np.mean(predicted[labels == c] == c) for c in np.unique(labels)]))


def mean_ap(scores, targets):
    every = []
    for c in range(scores.shape[1]):
        ranked = targets[np.argsort(-scores[:, c], kind="stable"), c]
        precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
        every.append(precision[ranked > 0].sum() / max(ranked.sum(), 1))
    return float(np.mean(every))


logits, labels = table(60, 9, 12), rng.integers(0, 8, 60)  # class 8 has no image
labels[labels == 3] = 4  # nor has class 3
one_hot = np.eye(9, dtype=bool)[labels]

multi, targets = table(50, 6, 16), (rng.random((50, 6)) < 0.3).astype(int)
targets[:, 2] = 0  # a class without images

similarities = table(33, 12, 20)  # texts by images
image_of = np.sort(rng.integers(0, 11, 33))  # image 11 has no text
pairs = np.zeros((33, 12), bool)
pairs[np.arange(33), image_of] = True

out = {
    "single": {
        "logits": logits.tolist(),
        "labels": labels.tolist(),
        "acc1": hits(logits, one_hot, 1),
        "acc5": hits(logits, one_hot, 5),
        "mean_per_class_recall": mean_recall(logits, labels),
    },
    "multilabel": {
        "logits": multi.tolist(),
        "targets": targets.tolist(),
        "mean_average_precision": mean_ap(multi, targets),
    },
    "retrieval": {
        "similarities": similarities.tolist(),
        "image_of": image_of.tolist(),
        **{f"image_retrieval_recall@{k}": hits(similarities, pairs, k) for k in (1, 5, 10)},
        **{f"text_retrieval_recall@{k}": hits(similarities.T, pairs.T, k) for k in (1, 5, 10)},
    },
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")

#!/usr/bin/python3
"""Compares the quickstart's learner with scikit-learn on the same rows.

    dotnet run -c Release --project bench/learner        writes the rows with our scores, then calls this

Reads what Program.cs wrote: int32 rows, train rows, features; then the columns (float32), the labels (uint8), and the test rows'
probabilities (float64) by hour and origin and by our own trees. Trains HistGradientBoostingClassifier with the same settings, scores all three
with scikit-learn's own metrics and fails when our AUC is more than 0.005 below scikit-learn's.
"""
import json
import sys
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

AUC_BEHIND_MAX = 0.005


def main(path, settings_path):
    with open(settings_path, encoding="utf-8") as file:
        settings = json.load(file)
    data = open(path, "rb").read()
    rows, train, features = (int(n) for n in np.frombuffer(data, np.int32, 3))
    at = 12
    x = np.frombuffer(data, np.float32, rows * features, at).reshape(features, rows).T.copy()
    at += 4 * rows * features
    y = np.frombuffer(data, np.uint8, rows, at)
    at += rows
    base, ours = np.frombuffer(data, np.float64, 2 * (rows - train), at).reshape(2, rows - train)

    started = time.time()
    model = HistGradientBoostingClassifier(
        max_iter=settings["rounds"], learning_rate=settings["learning_rate"], max_leaf_nodes=settings["leaves"],
        min_samples_leaf=settings["min_leaf_rows"], l2_regularization=settings["l2"], max_bins=255, early_stopping=False, random_state=1)
    model.fit(x[:train], y[:train])
    seconds = time.time() - started
    theirs = model.predict_proba(x[train:])[:, 1]

    answers = y[train:]
    print(f"{train:,} rows to train, {rows - train:,} to test, {features} features; {settings}")
    print(f"{'':34}{'AUC':>8}{'log-loss':>10}{'Brier':>8}{'train s':>9}")
    for name, p, took in (("hour by origin", base, None), ("ours", ours, settings["seconds"]), ("HistGradientBoostingClassifier", theirs, seconds)):
        print(f"{name:34}{roc_auc_score(answers, p):8.4f}{log_loss(answers, p):10.4f}{brier_score_loss(answers, p):8.4f}{'' if took is None else f'{took:9.1f}'}")
    behind = roc_auc_score(answers, theirs) - roc_auc_score(answers, ours)
    print(f"ours is {abs(behind):.4f} AUC {'behind' if behind > 0 else 'ahead'}; at most {AUC_BEHIND_MAX} behind is wanted: {'ok' if behind <= AUC_BEHIND_MAX else 'MISSED'}")
    return 0 if behind <= AUC_BEHIND_MAX else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))

// Package tune is the use case of finding ranking weights that answer a person's own
// questions better, and of saying so only when they do.
//
// Every question is asked once; its candidates are then ranked by many weights
// (search.go), which is pure arithmetic. Weights that fit the questions they were
// found on prove nothing, so the questions are parted into folds: for each fold the
// weights are found on the others and tried on it. Only when these held-out results
// beat the present weights by more than chance would, are weights recommended, found
// the same way on all questions.
package tune

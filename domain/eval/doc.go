// Package eval is the use case of measuring how well questions are answered: on
// judged collections in the layout of the BEIR benchmark, which are imported into a
// scratch store and never touch live data, and on a person's own questions against
// the live store, which is only read.
//
// A collection or a file of questions is read (corpus.go, questions.go), every
// question is asked once (gather.go), its candidates are ranked by each of the
// weights that are compared, and what comes first is measured against what was
// expected (measures.go). Whether two configurations differ by more than chance is
// a paired randomisation test's to say (significance.go).
package eval

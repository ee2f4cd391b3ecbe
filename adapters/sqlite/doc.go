// Package sqlite keeps memories, documents and the vectors of their text in one
// SQLite file, and implements the store ports over it. It searches nothing: what
// does follows its feed of changes.
//
// One connection writes, others read beside it (WAL). A write is on the disk when
// it is acknowledged. What can be found is kept in step with what is stored by
// triggers, within the transaction that stores it: see the files in migrations.
package sqlite

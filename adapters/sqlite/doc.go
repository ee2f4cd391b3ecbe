// Package sqlite keeps memories, documents, their full text and their vectors in
// one SQLite file, and implements the store and index ports over it.
//
// One connection writes, others read beside it (WAL). A write is on the disk when
// it is acknowledged. What can be searched is kept in step with what is stored by
// triggers, within the transaction that stores it: see the files in migrations.
package sqlite

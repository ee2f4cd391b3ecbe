// Package domain holds the nouns of atocore and the rules about them: memories,
// projects, documents, chunks, queries, ranking, backups. It knows no database,
// no file system and no protocol. Everything here is a value or a pure function;
// what needs the outside world is a use case in a package below this one, written
// against the interfaces in package ports.
package domain

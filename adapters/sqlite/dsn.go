package sqlite

import (
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// busyTimeout is how long a statement waits for another process's lock.
	busyTimeout = 10 * time.Second
	// pageSize is that of new databases, in bytes. Everything that passes over a whole
	// file, such as a backup and its validation, pays by the page (ADR 0241).
	pageSize = 8 << 10
	// walCheckpointPages is the size at which the WAL is moved into the database
	// (about 4 MiB).
	walCheckpointPages = 500
	// walSizeLimit is what a WAL that grew beyond it is cut down to, in bytes.
	walSizeLimit = 16 << 20
	// pageCacheKiB bounds the page cache of one connection …
	pageCacheKiB = 8 << 10
	// … and readCacheKiB that of one of the several that only read: questions are
	// answered from memory, and the operating system keeps the file's pages as well.
	readCacheKiB = 2 << 10
)

// role says what a connection is for.
type role int

const (
	reader role = iota
	writer
	maker     // the first writer of a database
	prober    // looks without changing anything, not even the journal mode
	walProber // the same where a WAL holds data: leaves it where it is
)

// dsn returns the data source name of the file at the absolute path. Everything
// that a connection needs is in it, so that no connection of a pool can lack it.
// None of them ever makes a file that is missing.
func dsn(path string, r role) string {
	q := url.Values{}
	q.Set("mode", "rw")
	q.Set("_busy_timeout", strconv.FormatInt(busyTimeout.Milliseconds(), 10))
	q.Set("_error_rc", "1")
	cache := pageCacheKiB
	switch r {
	case prober:
		// Not read-only: such a connection leaves the sidecars that it makes.
		q.Set("_query_only", "1")
		return fileURI(path, q)
	case walProber:
		// Read-only: any other would move the WAL into the file when it closes.
		q.Set("mode", "ro")
		return fileURI(path, q)
	case reader:
		q.Set("_query_only", "1")
		cache = readCacheKiB
	case writer:
		q.Set("_txlock", "immediate")
	case maker:
		q.Add("_pragma", "page_size("+strconv.Itoa(pageSize)+")")
	}
	q.Set("_journal_mode", "WAL")
	q.Set("_synchronous", "FULL")
	q.Set("_foreign_keys", "1")
	q.Add("_pragma", "wal_autocheckpoint("+strconv.Itoa(walCheckpointPages)+")")
	q.Add("_pragma", "journal_size_limit("+strconv.Itoa(walSizeLimit)+")")
	q.Add("_pragma", "cache_size(-"+strconv.Itoa(cache)+")")
	q.Add("_pragma", "temp_store(memory)")
	return fileURI(path, q)
}

// shrinkDSN returns the data source name for writing the whole file anew: what is
// temporary, which is all of it, is not kept in memory, and the log is not cut down
// in the middle.
func shrinkDSN(path string) string {
	q := url.Values{}
	q.Set("mode", "rw")
	q.Set("_busy_timeout", "500") // whoever writes goes first
	q.Set("_error_rc", "1")
	q.Set("_synchronous", "FULL")
	q.Add("_pragma", "journal_size_limit("+strconv.Itoa(walSizeLimit)+")")
	q.Add("_pragma", "cache_size(-"+strconv.Itoa(pageCacheKiB)+")")
	return fileURI(path, q)
}

// copyDSN returns the data source name of a captured database, which nobody writes
// to: no lock is taken and no sidecar looked for.
func copyDSN(path string) string {
	q := url.Values{}
	q.Set("mode", "ro")
	q.Set("immutable", "1")
	q.Set("_query_only", "1")
	q.Set("_error_rc", "1")
	q.Add("_pragma", "cache_size(-"+strconv.Itoa(pageCacheKiB)+")")
	q.Add("_pragma", "temp_store(memory)")
	return fileURI(path, q)
}

// fileURI returns SQLite's URI for the path. Whatever characters the path has,
// none of them is taken for a parameter.
func fileURI(path string, q url.Values) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/data becomes file:///C:/data
	}
	return (&url.URL{Scheme: "file", Path: p, RawQuery: q.Encode()}).String()
}

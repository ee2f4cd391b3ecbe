package ports

import "context"

// FolderWatch notices changes below folders.
type FolderWatch interface {
	// Watch calls changed once when it has begun to watch, and then after every
	// change of a file or folder below root, new folders included, often several
	// times for one change and sometimes for none. changed must return at once.
	// Watch returns when ctx has ended, with its error, or when root cannot be
	// watched (any more), with KindUnavailable: what changes from then on is not
	// noticed.
	Watch(ctx context.Context, root string, changed func()) error
}

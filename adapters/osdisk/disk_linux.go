package osdisk

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// renameNew leaves it to the kernel to refuse an existing target, so that no
// other process can put one there in between. File systems that do not know how
// (some network ones) get the check and the rename in two calls.
func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return renameChecked(from, to)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

func clone(dst, src *os.File) error { return unix.IoctlFileClone(int(dst.Fd()), int(src.Fd())) }

// beginWriting starts to write a part of the file to the disk and does not wait: a
// hint, for which a sync has to follow.
func beginWriting(f *os.File, from, length int64) {
	_ = unix.SyncFileRange(int(f.Fd()), from, length, unix.SYNC_FILE_RANGE_WRITE)
}

func adviseSequential(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_SEQUENTIAL) // a hint: nothing depends on it
}

// mountOf tells mounts of the same file system apart: a file that is mounted by
// itself, as container engines do, cannot be renamed though its device is that of
// the folder around it. "" where the kernel (before 5.8) does not say.
func mountOf(path string) string {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_MNT_ID, &st)
	if err != nil || st.Mask&unix.STATX_MNT_ID == 0 {
		return ""
	}
	return fmt.Sprintf("-mount-%d", st.Mnt_id)
}

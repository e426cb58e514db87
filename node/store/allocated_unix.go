//go:build unix

package store

import (
	"io/fs"
	"syscall"
)

// statBlock is the unit of st_blocks, in bytes (POSIX leaves it open; Linux, the BSDs and macOS use this).
const statBlock = 512

// allocated returns the room that a file takes on the disk; 0 if the file system does not tell.
func allocated(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Blocks > 0 {
		return uint64(stat.Blocks) * statBlock
	}
	return 0
}

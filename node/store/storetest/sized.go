package storetest

import (
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Sized is a file system of limited size: what does not fit fails with ENOSPC, as on a full volume. Names cost nothing.
type Sized struct {
	vfs.FS

	mu       sync.Mutex
	capacity int64
	foreign  int64 // taken by others
	files    map[string]*sizedNode
}

// sizedNode is how much room one file takes.
type sizedNode struct{ bytes int64 }

// NewSized returns an empty file system in memory with a capacity in bytes.
func NewSized(capacity int64) *Sized {
	return &Sized{FS: vfs.NewMem(), capacity: capacity, files: map[string]*sizedNode{}}
}

// Fill lets others take all that is free but for so many bytes.
func (s *Sized) Fill(left int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.foreign = 0
	s.foreign = s.free() - left
}

// Free returns how many bytes are left.
func (s *Sized) Free() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free()
}

func (s *Sized) free() int64 {
	free := s.capacity - s.foreign
	for _, n := range s.files {
		free -= n.bytes
	}
	return free
}

// GetDiskUsage implements vfs.FS.
func (s *Sized) GetDiskUsage(string) (vfs.DiskUsage, error) {
	free := uint64(max(s.Free(), 0))
	return vfs.DiskUsage{AvailBytes: free, TotalBytes: uint64(s.capacity), UsedBytes: uint64(s.capacity) - free}, nil
}

// Create implements vfs.FS.
func (s *Sized) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := s.FS.Create(name, category)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	node := &sizedNode{}
	s.files[name] = node
	return &sizedFile{File: file, of: s, node: node}, nil
}

// ReuseForWrite implements vfs.FS: it chooses not to.
func (s *Sized) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := s.Remove(old); err != nil {
		return nil, err
	}
	return s.Create(name, category)
}

// Remove implements vfs.FS.
func (s *Sized) Remove(name string) error {
	err := s.FS.Remove(name)
	if err == nil {
		s.mu.Lock()
		delete(s.files, name)
		s.mu.Unlock()
	}
	return err
}

// Rename implements vfs.FS.
func (s *Sized) Rename(old, name string) error {
	err := s.FS.Rename(old, name)
	if err == nil {
		s.mu.Lock()
		s.files[name] = s.files[old]
		delete(s.files, old)
		s.mu.Unlock()
	}
	return err
}

// Unwrap implements vfs.FS.
func (s *Sized) Unwrap() vfs.FS { return s.FS }

// sizedFile counts what is written.
type sizedFile struct {
	vfs.File
	of      *Sized
	node    *sizedNode
	written int64
}

// grow makes the file take at least so many bytes.
func (f *sizedFile) grow(to int64) error {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	if more := to - f.node.bytes; more > 0 {
		if more > f.of.free() {
			return syscall.ENOSPC
		}
		f.node.bytes = to
	}
	return nil
}

// Write implements vfs.File.
func (f *sizedFile) Write(b []byte) (int, error) {
	if err := f.grow(f.written + int64(len(b))); err != nil {
		return 0, err
	}
	f.written += int64(len(b))
	return f.File.Write(b)
}

// Preallocate implements vfs.File.
func (f *sizedFile) Preallocate(offset, length int64) error { return f.grow(offset + length) }

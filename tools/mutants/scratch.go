package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// scratch is a copy of the tree in which bugs may be planted. It lies in the hidden folder .bin of the tree itself, where
// the go command does not see it and where tests still find what lies beside the repository.
type scratch struct{ dir string }

// newScratch copies the tree without hidden folders, built programs and node_modules.
func newScratch(root string) (*scratch, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	parent := filepath.Join(root, ".bin")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, "mutants-")
	if err != nil {
		return nil, err
	}
	s := &scratch{dir}
	if err := s.copyFrom(root); err != nil {
		return nil, errors.Join(fmt.Errorf("copy the tree: %w", err), s.remove())
	}
	return s, nil
}

func (s *scratch) remove() error { return os.RemoveAll(s.dir) }

func (s *scratch) copyFrom(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // an editor's or a test's file that went away meanwhile
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir() && name != "." && isLeftOut(name):
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(s.dir, name), 0o750)
		case entry.Type().IsRegular():
			return copyFile(filepath.Join(s.dir, name), path)
		}
		return nil
	})
}

// isLeftOut reports whether a folder, named from the root, is no source.
func isLeftOut(name string) bool {
	return strings.HasPrefix(filepath.Base(name), ".") || filepath.Base(name) == "node_modules" || name == "bin"
}

func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}

// apply plants a patch, or takes it out again if reverse is set.
func (s *scratch) apply(ctx context.Context, patch string, reverse bool) error {
	args := []string{"apply", "--whitespace=nowarn"}
	if reverse {
		args = append(args, "--reverse")
	}
	output, err := s.command(ctx, "git", append(args, patch)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("git apply: %w: %s", err, bytes.TrimSpace(output))
	}
	return nil
}

// command prepares a command inside the copy. git must not take the copy for a part of the repository around it.
func (s *scratch) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(s.dir))
	return cmd
}

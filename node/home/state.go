package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// state is what stands in a folder.
type state struct {
	folder  bool
	config  bool
	vault   bool // with something in it
	hollow  bool // a vault without content: its creation was interrupted before any key was in it
	genesis bool
	data    bool
	pin     bool
	foreign string // one entry that is none of ours
}

// isEmpty reports whether nothing was set up yet.
func (s state) isEmpty() bool {
	return !s.config && !s.vault && !s.hollow && !s.genesis && !s.data && !s.pin
}

// isLeftover reports whether an entry says nothing about whose folder it is: what file systems make, and what an Init that was
// interrupted before its first file left.
func isLeftover(name string) bool {
	switch name {
	case "lost+found", ".DS_Store", lockName, identityName:
		return true
	}
	for _, ours := range []string{configName, genesisName, pinName, invitedName} {
		if strings.HasPrefix(name, temporaryPrefix(ours)) {
			return true
		}
	}
	return strings.HasSuffix(name, ".tmp") && strings.HasPrefix(name, "vault.")
}

// look finds out what stands in the folder, and refuses one that must not be used.
func (h *Home) look() (s state, err error) {
	info, err := os.Stat(h.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return s, fmt.Errorf("data folder: %w", err)
	case !info.IsDir():
		return s, fmt.Errorf("data folder %s: %w: it is a file; choose another name", h.dir, ErrForeign)
	}
	s.folder = true
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return s, fmt.Errorf("data folder: %w: it must belong to the user who runs lot", err)
	}
	for _, entry := range entries {
		if err := s.note(entry); err != nil {
			return s, fmt.Errorf("data folder: %w", err)
		}
	}
	if s.isEmpty() {
		return s, nil
	}
	if !s.vault && (s.data || s.genesis || s.pin) {
		return s, fmt.Errorf("data folder %s: %w: put %s back from a backup; or choose another folder to start as a new gateway",
			h.dir, ErrKeysLost, vaultName)
	}
	return s, checkMode(h.dir, info.Mode())
}

// note takes one entry of the folder into account.
func (s *state) note(entry fs.DirEntry) error {
	switch name := entry.Name(); name {
	case configName:
		s.config = true
	case genesisName:
		s.genesis = true
	case pinName:
		s.pin = true
	case dataName:
		s.data = true
	case vaultName:
		info, err := entry.Info()
		if err != nil {
			return err
		}
		s.vault, s.hollow = info.Size() > 0, info.Size() == 0
	default:
		if !isLeftover(name) && s.foreign == "" {
			s.foreign = name
		}
	}
	return nil
}

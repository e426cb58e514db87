package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/node/store"
)

const (
	// maxHomeFile is the largest file of a home folder that goes into a backup, in bytes.
	maxHomeFile = 16 << 20
	maxBlob     = store.MaxBlob
)

// homeFiles are the files of a home folder that a backup has, as far as they are there. Whoever has the backup's key has all
// of them; the API's token is among them so that clients go on.
var homeFiles = []string{
	"config.toml", "vault.age", "vault.identity", "genesis.toml", "checkpoint.pin", "invitations.json", "api.token",
}

// neededFiles are those without which a folder is no gateway's.
var neededFiles = []string{"config.toml", "vault.age"}

// look checks a file of the stream by itself, and counts it.
func (r *reader) look(name string, content []byte) error {
	switch {
	case strings.HasPrefix(name, homeFolder):
		if base := strings.TrimPrefix(name, homeFolder); !slices.Contains(r.manifest.Home, base) || !slices.Contains(homeFiles, base) {
			return fmt.Errorf("%w: %q is not a file of a home folder", ErrDamaged, base)
		}
	case strings.HasPrefix(name, entryFolder):
		return Unpack(content, func(_, _ []byte) error {
			r.seen.Entries++
			return nil
		})
	case strings.HasPrefix(name, blobFolder):
		digest := sha256.Sum256(content)
		if base := strings.TrimPrefix(name, blobFolder); base != hex.EncodeToString(digest[:]) {
			return fmt.Errorf("%w: batch %.80q has not the content that its name says", ErrDamaged, base)
		}
		r.seen.Blobs++
	default:
		return fmt.Errorf("%w: a second %q", ErrDamaged, name)
	}
	return nil
}

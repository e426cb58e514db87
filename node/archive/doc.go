// Package archive moves a gateway to another box: a backup is one encrypted file with all that is the gateway's own.
//
// The file is a tar stream inside age (https://age-encryption.org/v1):
//
//	manifest.json      what the backup is of, and how much there is (Manifest)
//	home/NAME          files of the home folder: configuration, encrypted keys, genesis
//	data/entries/N     entries of the database, framed by Pack, about a mebibyte each
//	data/blobs/DIGEST  encrypted batches of readings
//	end.json           how much there was, and the SHA-256 of it all (End)
//
// The manifest is first and the end is last, so that a stream that breaks off is never taken for a whole. age seals every
// 64 KiB, so a changed file is refused where it was changed. [Restore] reads the whole file once before it writes anything.
//
// The part below data/ is also what a running gateway streams to those who may use its API, in the same form without a home:
// it holds no key. What is added to it and how it is encrypted is up to who asks, on the gateway's own machine.
package archive

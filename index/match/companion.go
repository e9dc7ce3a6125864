package match

import "strings"

// companions returns the extensions of files that belong to another file, whose name they extend:
// debian.iso.sig to debian.iso. They come after the files of the same score.
//
//	signatures, checksums, descriptions of a download in another way, repair data
func companions() []string {
	return strings.Fields("sig sign asc gpg pgp minisig sigstore cosign " +
		"md5 md5sum sha sha1 sha1sum sha224 sha256 sha256sum sha384 sha512 sha512sum b2 b2sum b3 blake2 blake3 crc crc32 sfv " +
		"torrent zsync meta4 metalink jigdo magnet " +
		"par2 par")
}

// companionsOf returns the companions that words do not ask for themselves. A word asks for one if it
// is the extension, or its plural: "debian.iso.sig" and "torrents" do, "design" asks for no .sig.
func companionsOf(phrases []phrase) map[string]bool {
	out := map[string]bool{}
	for _, ext := range companions() {
		out[ext] = true
	}
	for i := range phrases {
		for word := range strings.FieldsSeq(phrases[i].loose()) {
			delete(out, word)
			delete(out, strings.TrimSuffix(word, "s"))
		}
	}
	return out
}

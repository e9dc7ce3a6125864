package search

import "bytes"

// ExtOf returns the extension of a folded name, without the dot: "a.tar.gz" =>
// "gz", "readme" => "", ".profile" => "". It is what the candidate Ext means.
func ExtOf(folded []byte) []byte {
	i := bytes.LastIndexByte(folded, '.')
	if i <= 0 {
		return nil
	}
	return folded[i+1:]
}

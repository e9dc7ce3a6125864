package listing

import (
	"bytes"

	"trawl/index"
)

// checksums reads what md5sum and its kin write:
//
//	d41d8cd98f00b204e9800998ecf8427e  ./pub/empty
type checksums struct{}

var _ dialect = checksums{}

func (checksums) name() string { return "checksums" }

func (checksums) parse(line []byte, it *item) verdict {
	sum, path, ok := bytes.Cut(line, []byte{' '})
	if !ok || len(path) < 2 || path[0] != ' ' && path[0] != '*' {
		return alien
	}
	switch len(sum) {
	case 32, 40, 56, 64, 96, 128:
	default:
		return alien
	}
	for _, c := range sum {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return alien
		}
	}
	*it = item{name: path[1:], size: index.UnknownSize}
	return entry
}

package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"strings"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// Entries have an order, the tree order: that of the directory first, with its
// slashes as NULs, then that of the wire name. So a directory comes right before
// all that is below it. In keys this is
//
//	position = tree key of the directory, NUL, NUL, wire name
//	tree key = path with NULs for slashes; of "/" nothing
//
// and "\x00pub\x00\x00a" < "\x00pub\x00x\x00\x00b" < "\x00pub-2\x00\x00a".

// maxPosition bounds a directory and a name together, so that bbolt can hold the keys.
const maxPosition = 16 << 10

// treeKey returns the tree key of a directory.
func treeKey(dir []byte) []byte {
	if len(dir) == 1 {
		return nil
	}
	return bytes.ReplaceAll(dir, []byte{'/'}, []byte{0})
}

// pathOf returns the directory of a tree key.
func pathOf(key []byte) index.Path {
	if len(key) == 0 {
		return "/"
	}
	return index.Path(bytes.ReplaceAll(key, []byte{0}, []byte{'/'}))
}

// compareTree compares the tree key of a directory with a tree key.
func compareTree(dir, tree []byte) int {
	if len(dir) == 1 {
		dir = nil
	}
	n := min(len(dir), len(tree))
	for i := range n {
		c := dir[i]
		if c == '/' {
			c = 0
		}
		if c != tree[i] {
			return int(c) - int(tree[i])
		}
	}
	return len(dir) - len(tree)
}

// position returns the key of an entry, or that of the directory itself if name is nil.
func position(tree, name []byte) []byte {
	p := make([]byte, 0, len(tree)+2+len(name))
	return append(append(append(p, tree...), 0, 0), name...)
}

// hostKey returns a key of a host.
func hostKey(no block.HostNo, key []byte) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(key)), uint32(no)), key...)
}

// isUnder reports whether a tree key is top or below it.
func isUnder(key, top []byte) bool {
	return bytes.HasPrefix(key, top) && (len(key) == len(top) || key[len(top)] == 0)
}

// checkDir returns an error if dir cannot be stored.
func checkDir(dir index.Path) error {
	if !strings.HasPrefix(string(dir), "/") || path.Clean(string(dir)) != string(dir) || strings.IndexByte(string(dir), 0) >= 0 {
		return fmt.Errorf("%q is not a clean path", dir)
	}
	if len(dir) > maxPosition {
		return fmt.Errorf("the path is longer than %d bytes", maxPosition)
	}
	return nil
}

// checkName returns an error if the wire name cannot be stored in dir.
func checkName(dir index.Path, name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return fmt.Errorf("%q is not a name", name)
	}
	if len(dir)+len(name) > maxPosition {
		return fmt.Errorf("the path is longer than %d bytes", maxPosition)
	}
	return nil
}

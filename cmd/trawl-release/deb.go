package main

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the format of Debian asks for it
	"fmt"
	"path"
	"strings"
	"time"
)

// deb packs a package of Debian (deb(5)): an archive of ar that holds three files.
//
//	debian-binary    2.0
//	control.tar.gz   control, md5sums, conffiles, and the scripts of the maintainer
//	data.tar.gz      the files, below ./
func deb(control, data []file, date time.Time) ([]byte, error) {
	var sums strings.Builder
	for _, f := range ordered(data) {
		if !strings.HasSuffix(f.name, "/") && !strings.HasPrefix(f.name, "etc/") {
			fmt.Fprintf(&sums, "%x  %s\n", md5.Sum(f.data), f.name) //nolint:gosec // as above
		}
	}
	control = append(control, file{name: "md5sums", mode: 0o644, data: []byte(sums.String())})
	controls, err := tarred(dotted(control), date)
	if err != nil {
		return nil, err
	}
	datas, err := tarred(dotted(withFolders(data)), date)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("!<arch>\n")
	member(&out, "debian-binary", []byte("2.0\n"), date)
	member(&out, "control.tar.gz", controls, date)
	member(&out, "data.tar.gz", datas, date)
	return out.Bytes(), nil
}

// member writes a file of an ar archive: a head of 60 bytes, the data, and a line end after an odd number of bytes.
func member(out *bytes.Buffer, name string, data []byte, date time.Time) {
	fmt.Fprintf(out, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", name, date.Unix(), 0, 0, 0o100644, len(data))
	out.Write(data)
	if len(data)%2 == 1 {
		out.WriteByte('\n')
	}
}

// dotted puts files below ./, as dpkg-deb does.
func dotted(files []file) []file {
	out := []file{{name: "./", mode: 0o755}}
	for _, f := range files {
		f.name = "./" + f.name
		out = append(out, f)
	}
	return out
}

// withFolders adds the folders in which the files are, where they are not there.
func withFolders(files []file) []file {
	known := make(map[string]bool)
	for _, f := range files {
		known[f.name] = true
	}
	for _, f := range files {
		for dir := path.Dir(strings.TrimSuffix(f.name, "/")); dir != "." && !known[dir+"/"]; dir = path.Dir(dir) {
			known[dir+"/"] = true
			files = append(files, file{name: dir + "/", mode: 0o755})
		}
	}
	return files
}

// size is the room that files take when they are installed, in KiB (Installed-Size).
func size(files []file) (kib int) {
	for _, f := range withFolders(files) {
		kib += max(1, (len(f.data)+1023)/1024)
	}
	return kib
}

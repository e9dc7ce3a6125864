package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// file is a file or a folder in an archive or a package. The name of a folder ends in a slash.
type file struct {
	name string // relative, with slashes
	mode fs.FileMode
	data []byte
}

// archive packs a program with its papers: tar.gz, or zip for Windows.
func (s *source) archive(p platform, program []byte, papers papers) (name string, data []byte, err error) {
	base := strings.Join([]string{"trawl", s.version, p.os, p.arch}, "-")
	binary := "trawl"
	if p.os == "windows" {
		binary += ".exe"
	}
	files := []file{{name: binary, mode: 0o755, data: program}}
	for _, f := range papers {
		files = append(files, file{name: f.name, mode: 0o644, data: f.data})
	}
	for i := range files {
		files[i].name = path.Join(base, files[i].name)
	}
	if p.os == "windows" {
		data, err = zipped(files, s.date)
		return base + ".zip", data, err
	}
	data, err = tarred(files, s.date)
	return base + ".tar.gz", data, err
}

// tarred packs files in a tar.gz, in the order of their names, as root's.
func tarred(files []file, date time.Time) ([]byte, error) {
	var out bytes.Buffer
	tape := tar.NewWriter(&out)
	for _, f := range ordered(files) {
		head := &tar.Header{
			Typeflag: tar.TypeReg, Name: f.name, Size: int64(len(f.data)), Mode: int64(f.mode.Perm()), ModTime: date,
			Uname: "root", Gname: "root", Format: tar.FormatGNU,
		}
		if strings.HasSuffix(f.name, "/") {
			head.Typeflag = tar.TypeDir
		}
		if err := tape.WriteHeader(head); err != nil {
			return nil, err
		}
		if _, err := tape.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := tape.Close(); err != nil {
		return nil, err
	}
	return gzipped(out.Bytes())
}

// gzipped packs one file, without its name and time.
func gzipped(data []byte) ([]byte, error) {
	var out bytes.Buffer
	packer, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := packer.Write(data); err != nil {
		return nil, err
	}
	err = packer.Close()
	return out.Bytes(), err
}

// zipped packs files in a zip, in the order of their names.
func zipped(files []file, date time.Time) ([]byte, error) {
	var out bytes.Buffer
	packer := zip.NewWriter(&out)
	for _, f := range ordered(files) {
		head := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: date}
		head.SetMode(f.mode)
		w, err := packer.CreateHeader(head)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	err := packer.Close()
	return out.Bytes(), err
}

// ordered returns files in the order of their names, so that a folder stands before what it holds.
func ordered(files []file) []file {
	return slices.SortedFunc(slices.Values(files), func(a, b file) int { return strings.Compare(a.name, b.name) })
}

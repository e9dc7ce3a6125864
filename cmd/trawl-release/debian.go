package main

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"time"
)

// maintainer answers for the package of Debian.
const maintainer = "The Trawl authors <trawl@packages.invalid>"

// debian makes the package of Debian for a platform. Its settings, units and scripts are in packagingDir.
func (s *source) debian(p platform, program []byte, papers papers) (name string, data []byte, err error) {
	files, err := s.installed(program, papers)
	if err != nil {
		return "", nil, err
	}
	scripts, err := s.read(packagingDir + "/debian")
	if err != nil {
		return "", nil, err
	}
	var control []file
	for _, f := range scripts {
		switch name := path.Base(f.name); name {
		case "postinst", "prerm", "postrm":
			control = append(control, file{name: name, mode: 0o755, data: f.data})
		case "control":
			text := strings.NewReplacer(
				"@VERSION@", debianVersion(s.version), "@ARCHITECTURE@", p.arch, "@MAINTAINER@", maintainer, "@SIZE@", fmt.Sprint(size(files)),
			).Replace(string(f.data))
			control = append(control, file{name: name, mode: 0o644, data: []byte(text)})
		}
	}
	control = append(control, file{name: "conffiles", mode: 0o644, data: conffiles(files)})
	data, err = deb(control, files, s.date)
	return fmt.Sprintf("trawl_%s_%s.deb", debianVersion(s.version), p.arch), data, err
}

// debianVersion writes a version as Debian orders it: what precedes a release sorts before it.
//
//	0.1.0-dev+3f2a91c04d7e => 0.1.0~dev+3f2a91c04d7e
func debianVersion(version string) string { return strings.Replace(version, "-", "~", 1) }

// conffiles lists the settings, which dpkg keeps as their owner has changed them.
func conffiles(files []file) []byte {
	var out bytes.Buffer
	for _, f := range ordered(files) {
		if strings.HasPrefix(f.name, "etc/") && !strings.HasSuffix(f.name, "/") {
			fmt.Fprintf(&out, "/%s\n", f.name)
		}
	}
	return out.Bytes()
}

// installed returns the files of the package where they are installed.
func (s *source) installed(program []byte, papers papers) ([]file, error) {
	files := []file{{name: "usr/bin/trawl", mode: 0o755, data: program}}
	for _, f := range papers {
		placed, err := place(f)
		if err != nil {
			return nil, err
		}
		files = append(files, placed...)
	}
	packaging, err := s.read(packagingDir + "/debian")
	if err != nil {
		return nil, err
	}
	for _, f := range packaging {
		switch path.Base(f.name) {
		case "copyright":
			files = append(files, file{name: "usr/share/doc/trawl/copyright", mode: 0o644, data: f.data})
		case "lintian-overrides":
			files = append(files, file{name: "usr/share/lintian/overrides/trawl", mode: 0o644, data: f.data})
		case "logrotate":
			files = append(files, file{name: "etc/logrotate.d/trawl", mode: 0o644, data: f.data})
		}
	}
	entry := fmt.Sprintf("trawl (%s) unstable; urgency=medium\n\n  * Trawl %s; changelog.gz says what changed.\n\n -- %s  %s\n",
		debianVersion(s.version), s.version, maintainer, s.date.Format(time.RFC1123Z))
	packed, err := gzipped([]byte(entry))
	return append(files, file{name: "usr/share/doc/trawl/changelog.Debian.gz", mode: 0o644, data: packed}), err
}

// place returns a paper where Debian expects it; nothing if it has it elsewhere.
func place(f file) ([]file, error) {
	at := func(name string, data []byte) []file { return []file{{name: name, mode: 0o644, data: data}} }
	dir, base := path.Split(f.name)
	switch dir {
	case "man/":
		packed, err := gzipped(f.data)
		return at("usr/share/man/man"+strings.TrimPrefix(path.Ext(base), ".")+"/"+base+".gz", packed), err
	case "systemd/":
		return at("lib/systemd/system/"+base, f.data), nil
	case "completions/":
		folder := map[string]string{
			"trawl.bash": "usr/share/bash-completion/completions/trawl",
			"_trawl":     "usr/share/zsh/vendor-completions/_trawl",
			"trawl.fish": "usr/share/fish/vendor_completions.d/trawl.fish",
		}
		if folder[base] == "" {
			return nil, nil
		}
		return at(folder[base], f.data), nil
	}
	switch f.name {
	case "LICENSE": // in copyright
		return nil, nil
	case "trawl.toml":
		return at("etc/trawl/trawl.toml", f.data), nil
	case "CHANGELOG.md":
		packed, err := gzipped(f.data)
		return at("usr/share/doc/trawl/changelog.gz", packed), err
	}
	if len(f.data) > 4096 {
		packed, err := gzipped(f.data)
		return at("usr/share/doc/trawl/"+f.name+".gz", packed), err
	}
	return at("usr/share/doc/trawl/"+f.name, f.data), nil
}

package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/cmd/trawl/internal/backup"
	"trawl/index/indextest/needs"
)

// TestBackupWhileServing backs up while a serve runs and imports go through it: the backup is sound, the hosts that rest
// answer as they do, and the serve goes on.
func TestBackupWhileServing(t *testing.T) {
	t.Parallel()
	c := command{t, filepath.Join(t.TempDir(), "data")}
	for _, host := range []string{"m1", "m2"} {
		c.run("import", filepath.Join(formats, "before.ls"), "--host", "ftp://"+host+".example.org/")
	}
	var questions []string
	for _, q := range formatQueries() {
		questions = append(questions, q+" NOT host:busy")
	}
	want := answersOf(t, c.data, questions...)
	serve, said := c.start("serve", "--http", "127.0.0.1:0")
	socket := filepath.Join(c.data, "trawl.sock")
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("serve does not answer: %s", said)
		}
	}
	busy := make(chan struct{})
	over := make(chan struct{})
	go func() {
		defer close(over)
		for i := 0; ; i++ {
			select {
			case <-busy:
				return
			default:
				cmd, said := c.start("import", filepath.Join(formats, []string{"before.ls", "after.ls"}[i%2]), "--host", "ftp://busy.example.org/")
				if err := cmd.Wait(); err != nil {
					t.Errorf("import: %v, %s", err, said)
					return
				}
			}
		}
	}()
	var files []string
	for _, name := range []string{"1", "2", "3", "4"} {
		files = append(files, filepath.Join(t.TempDir(), name))
		c.run("backup", files[len(files)-1])
	}
	close(busy)
	<-over
	if err := serve.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("serve: %v, %s", err, said)
	}
	for _, file := range files {
		there := filepath.Join(t.TempDir(), "there")
		does(t, there, "restore", file)
		does(t, there, "check")
		if file == files[0] {
			same(t, answersOf(t, there, questions...), want)
		}
		if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	}
}

// TestKilledBackup kills backups and restores at any moment: the last backup, or a new one, is under its name and sound, and a data
// directory is whole or not there.
func TestKilledBackup(t *testing.T) {
	t.Parallel()
	c := command{t, filepath.Join(t.TempDir(), "data")}
	c.run("import", filepath.Join(formats, "before.ls"), "--host", "ftp://m1.example.org/")
	ballast := make([]byte, 8<<20) // so that it takes a moment
	for i := range ballast {
		ballast[i] = byte(rand.IntN(256))
	}
	if err := os.WriteFile(filepath.Join(c.data, "ballast"), ballast, 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "b.tar.zst")
	c.run("backup", file)
	began := time.Now()
	c.run("backup", file)
	takes := time.Since(began)
	there := command{t, filepath.Join(t.TempDir(), "there")}
	began = time.Now()
	does(t, filepath.Join(t.TempDir(), "first"), "restore", file)
	restoring := time.Since(began)
	restored := 0
	for range 12 {
		c.interrupt(takes, "backup", file)
		does(t, c.data, "backup", "--verify", file)
		there.interrupt(2*restoring, "restore", file)
		if _, err := os.Stat(there.data); err != nil {
			continue
		}
		restored++
		does(t, there.data, "check")
		if got, err := os.ReadFile(filepath.Join(there.data, "ballast")); err != nil || !bytes.Equal(got, ballast) {
			t.Fatalf("the directory is not whole: %v", err)
		}
		if err := os.RemoveAll(there.data); err != nil {
			t.Fatal(err)
		}
	}
	there.run("restore", file)
	there.run("check")
	if list, err := os.ReadDir(filepath.Dir(there.data)); err != nil || len(list) != 1 {
		t.Errorf("left behind: %v, %v", list, err)
	}
	t.Logf("%d of 12 restores were done before they were killed", restored)
}

// interrupt starts a command and kills it at some moment of the time that it takes, or later.
func (c command) interrupt(takes time.Duration, args ...string) {
	c.t.Helper()
	cmd, _ := c.start(args...)
	time.Sleep(time.Duration(rand.Int64N(int64(takes))))
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
}

// TestBackupFullDisk backs up onto a disk that is full, and restores onto one.
func TestBackupFullDisk(t *testing.T) {
	t.Parallel()
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := needs.Mount("tmpfs", disk, "tmpfs", 0, "size=200k"); err != nil {
		needs.Missing(t, "the right to mount (root)")
	}
	t.Cleanup(func() { _ = needs.Unmount(disk) })
	dir := filepath.Join(t.TempDir(), "data")
	does(t, dir, "import", filepath.Join(formats, "before.ls"), "--host", "ftp://m1.example.org/")
	ballast := make([]byte, 1<<20)
	for i := range ballast {
		ballast[i] = byte(rand.IntN(256))
	}
	if err := os.WriteFile(filepath.Join(dir, "ballast"), ballast, 0o600); err != nil {
		t.Fatal(err)
	}
	out, said, code := inProcess(t, dir)("backup", filepath.Join(disk, "b"))
	if code != exitBad || out != "" || !strings.Contains(said, "no space left on device") || strings.Count(said, "\n") != 2 {
		t.Errorf("%d, %q, %q", code, out, said)
	}
	file := filepath.Join(t.TempDir(), "b")
	does(t, dir, "backup", file)
	out, said, code = inProcess(t, filepath.Join(disk, "data"))("restore", file)
	if code != exitBad || out != "" || !strings.Contains(said, "make room") || strings.Count(said, "\n") != 2 {
		t.Errorf("%d, %q, %q", code, out, said)
	}
	if list, err := os.ReadDir(disk); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}

// TestBackupDamagedCatalogue: a damaged catalogue is no backup, and the last backup stays.
func TestBackupDamagedCatalogue(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	does(t, dir, "import", filepath.Join(formats, "before.ls"), "--host", "ftp://m1.example.org/")
	file := filepath.Join(t.TempDir(), "b")
	does(t, dir, "backup", file)
	db, err := os.OpenFile(filepath.Join(dir, "trawl.db"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := db.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const page = 16 << 10
	for at := int64(2*page + 100); at < info.Size(); at += page { // some of them are in use
		if _, err := db.WriteAt([]byte("damaged"), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, said, code := inProcess(t, dir)("backup", file); code != exitBad || !strings.Contains(said, "damaged") {
		t.Errorf("%d, %q", code, said)
	}
	does(t, dir, "backup", "--verify", file)
	if _, err := os.Stat(file + ".partial"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p, err := backup.Prepare(filepath.Join(t.TempDir(), "there"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(backup.Read(t.Context(), in, p.Begin, p.Put), p.Commit("trawl.db")); err != nil {
		t.Error(err)
	}
}

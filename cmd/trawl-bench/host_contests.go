package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// timed runs work in a session of its own and measures it: the time, and the processor's time of the server meanwhile.
func (h *hosted) timed(secure bool, work func(c *ftpClient) error) outcome {
	c, err := dialFTP(h.ctx, h.addr)
	if err != nil {
		return outcome{err: err}
	}
	defer c.close()
	if secure {
		err = c.secure()
	}
	if err == nil {
		err = c.login()
	}
	if err != nil {
		return outcome{err: err}
	}
	cpu, start := cpuBelow(h.pid), time.Now()
	err = work(c)
	return outcome{took: time.Since(start), cpu: cpuBelow(h.pid) - cpu, err: err}
}

func (h *hosted) retrieve() outcome {
	return h.timed(false, func(c *ftpClient) error { return c.fetch("RETR big.bin", hostBig) })
}

func (h *hosted) retrieveSecurely() outcome {
	return h.timed(true, func(c *ftpClient) error { return c.fetch("RETR big.bin", hostBig) })
}

func (h *hosted) retrieveSmall() outcome {
	return h.timed(false, func(c *ftpClient) error {
		for i := range hostSmall {
			if err := c.fetch("RETR small/"+strconv.Itoa(i), hostSmallLen); err != nil {
				return err
			}
		}
		return nil
	})
}

// list lists a directory five times and returns the mean.
func (h *hosted) list(verb string) outcome {
	const times = 5
	o := h.timed(false, func(c *ftpClient) error {
		for range times {
			if err := c.fetch(verb+" listed", -hostListed*50); err != nil {
				return err
			}
		}
		return nil
	})
	o.took, o.cpu = o.took/times, o.cpu/times
	return o
}

func (h *hosted) store() outcome {
	name := fmt.Sprintf("in/%d", h.round)
	stored := filepath.Join(h.tree, name)
	defer os.Remove(stored)
	o := h.timed(false, func(c *ftpClient) error { return c.send("STOR "+name, filepath.Join(h.tree, "big.bin")) })
	if info, err := os.Stat(stored); o.err == nil && (err != nil || info.Size() != hostBig) {
		o.err = fmt.Errorf("the file is not whole: %w", err)
	}
	return o
}

// logins lets clients log in and out, one session after the other, and returns the time of one.
func (h *hosted) logins() outcome {
	var n atomic.Int64
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	cpu, start := cpuBelow(h.pid), time.Now()
	for range hostLogins {
		wg.Go(func() {
			for time.Since(start) < hostLogging && h.ctx.Err() == nil {
				if err := h.visit(); err != nil {
					failed.Store(&err)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	if n.Load() == 0 {
		if err := failed.Load(); err != nil {
			return outcome{err: *err}
		}
		return outcome{err: h.ctx.Err()}
	}
	return outcome{took: took / time.Duration(n.Load()), cpu: cpuBelow(h.pid) - cpu}
}

// visit logs in and out.
func (h *hosted) visit() error {
	c, err := dialFTP(h.ctx, h.addr)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.login(); err != nil {
		return err
	}
	_, err = c.command("QUIT")
	return err
}

// crowd logs in many sessions at once, weighs the server while all are there, and counts those that do not answer.
func (h *hosted) crowd() outcome {
	clients := make([]*ftpClient, hostSessions)
	var wg sync.WaitGroup
	turns := make(chan struct{}, 50) // as many at a time as a backlog bears
	cpu, start := cpuBelow(h.pid), time.Now()
	for i := range clients {
		wg.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			if c, err := dialFTP(h.ctx, h.addr); err == nil {
				if clients[i] = c; c.login() != nil {
					c.broken = true
				}
			}
		})
	}
	wg.Wait()
	o := outcome{took: time.Since(start), memory: weightBelow(h.pid)}
	for _, c := range clients {
		if c == nil || c.broken {
			o.lost++
		} else if _, err := c.command("NOOP"); err != nil {
			o.lost++
		}
		if c != nil {
			c.close()
		}
	}
	o.cpu = cpuBelow(h.pid) - cpu
	return o
}

// below returns the processes that descend from one, with it.
func below(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", all[i]))
		for _, task := range tasks {
			text, _ := os.ReadFile(task)
			for child := range strings.FieldsSeq(string(text)) {
				if n, err := strconv.Atoi(child); err == nil {
					all = append(all, n)
				}
			}
		}
	}
	return all
}

// cpuBelow returns the processor's time of a process and all below it, also those that have ended.
func cpuBelow(pid int) (total time.Duration) {
	for _, p := range below(pid) {
		total += cpuOf(p)
	}
	return total
}

// weightBelow returns the memory of a process and all below it; what they share counts once.
func weightBelow(pid int) (total int64) {
	for _, p := range below(pid) {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p))
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
				n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
				total += n << 10
			}
		}
	}
	return total
}

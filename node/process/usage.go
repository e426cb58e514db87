package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clockTick is the unit of the CPU times that Linux reports of other processes.
const clockTick = 10 * time.Millisecond

// CPU returns the processor time that the gateway has used, as /proc tells it.
func (g *Gateway) CPU() (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", g.pid()))
	if err != nil {
		return 0, fmt.Errorf("CPU time of gateway %s: %w", g.Name, err)
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // the name may have spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("CPU time of gateway %s: /proc tells %q", g.Name, raw)
	}
	var total time.Duration
	for _, field := range fields[11:13] { // utime and stime, proc(5)
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("CPU time of gateway %s: %w", g.Name, err)
		}
		total += time.Duration(ticks) * clockTick
	}
	return total, nil
}

// Memory returns the resident memory of the gateway, in bytes, as /proc tells it.
func (g *Gateway) Memory() (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", g.pid()))
	if err != nil {
		return 0, fmt.Errorf("memory of gateway %s: %w", g.Name, err)
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(raw), &size, &resident); err != nil {
		return 0, fmt.Errorf("memory of gateway %s: %w", g.Name, err)
	}
	return resident * int64(os.Getpagesize()), nil
}

func (g *Gateway) pid() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.process == nil {
		return 0
	}
	return g.process.Process.Pid
}

// OwnCPU returns the processor time that this process has used.
func OwnCPU() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("CPU time: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

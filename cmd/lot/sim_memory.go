package main

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
)

// memory says where Linux tells how much memory there is.
type memory struct{ proc, groups string }

// thisMachine is where it tells it of the machine that the program runs on.
var thisMachine = memory{"/proc", "/sys/fs/cgroup"}

// available returns how many bytes a program can still take: what the machine has free or can free, and no more than what the
// limits of the control groups leave that the process is in. It is unknown on other systems than Linux.
func (m memory) available() (bytes uint64, known bool) {
	proc, err := procfs.NewFS(m.proc)
	if err != nil {
		return 0, false
	}
	info, err := proc.Meminfo()
	if err != nil || info.MemAvailableBytes == nil {
		return 0, false
	}
	bytes = *info.MemAvailableBytes
	self, err := proc.Self()
	if err != nil {
		return bytes, true
	}
	groups, err := self.Cgroups()
	if err != nil {
		return bytes, true
	}
	for _, group := range groups {
		bytes = min(bytes, m.left(group))
	}
	return bytes, true
}

// controller names the files of one version of control groups: the folder below the mount point, and the files for the
// limit, for what is used, and the line of memory.stat for what of that the kernel can drop.
type controller struct{ folder, limit, used, cache string }

var (
	unified  = controller{"", "memory.max", "memory.current", "inactive_file "}
	separate = controller{"memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "}
)

// left returns what a group and those that it is in leave, in bytes. Within a container its own group is the mount point, whatever
// the path says.
func (m memory) left(group procfs.Cgroup) uint64 {
	c := unified
	if group.HierarchyID != 0 {
		if c = separate; !slices.Contains(group.Controllers, "memory") {
			return ^uint64(0)
		}
	}
	least := ^uint64(0)
	for folder := path.Join("/", group.Path); ; folder = path.Dir(folder) {
		dir := filepath.Join(m.groups, c.folder, filepath.FromSlash(folder))
		limit, limited := number(filepath.Join(dir, c.limit))
		used, counted := number(filepath.Join(dir, c.used))
		if limited && counted {
			used -= min(used, cached(filepath.Join(dir, "memory.stat"), c.cache))
			least = min(least, limit-min(limit, used))
		}
		if folder == "/" {
			return least
		}
	}
}

// number reads a file with a number in it; "max" is none.
func number(file string) (uint64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

// cached reads how much of what is used the kernel can drop.
func cached(file, name string) uint64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, name); found {
			n, _ := strconv.ParseUint(strings.TrimSpace(value), 10, 64)
			return n
		}
	}
	return 0
}

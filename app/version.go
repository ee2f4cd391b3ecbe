package app

import (
	"runtime"
	"runtime/debug"

	"github.com/atocore/atocore/adapters/cli"
)

// version joins what the build was told with what the Go toolchain recorded.
func version(built string) cli.Version {
	v := cli.Version{Version: built, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if ok {
		if v.Version == "" {
			v.Version = info.Main.Version
		}
		dirty := ""
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Commit = s.Value
			case "vcs.time":
				v.Built = s.Value
			case "vcs.modified":
				if s.Value == "true" {
					dirty = "-dirty"
				}
			}
		}
		if v.Commit != "" {
			v.Commit += dirty
		}
	}
	if v.Version == "" || v.Version == "(devel)" {
		v.Version = "devel"
	}
	return v
}

package scratchdir_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/adapters/scratchdir"
)

// hold takes scratch, says where, and waits to be killed.
func hold(home string) {
	dir, _, err := scratchdir.New(scratchdir.Config{Dir: home}).Take(context.Background())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(dir)
	<-time.After(time.Minute)
}

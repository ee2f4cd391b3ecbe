package filetree

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// The files that hold ignore rules, the later one above the earlier.
var ruleFiles = []string{".gitignore", ".atocoreignore"}

// maxRuleFile bounds the size of such a file in bytes.
const maxRuleFile = 1 << 20

// versionControl are the folders (and files, in the case of a work tree) in which
// version control keeps its own state. No rule brings them back.
var versionControl = map[string]bool{
	".git": true, ".hg": true, ".svn": true, ".bzr": true, ".jj": true, ".sl": true, "_darcs": true, "CVS": true,
}

// defaultRules are below every rule that a folder holds: a line with ! in its
// .atocoreignore brings back what a project wants. One in .gitignore does not: who
// wrote "!*" there for git did not mean to hand out secrets. They name what programs put
// there and nobody wrote, and what holds secrets. They do not name vendor, build,
// dist, target or out, for people call folders of documents so; where these are
// made by programs, .gitignore names them.
const defaultRules = `
node_modules/
bower_components/
__pycache__/
.venv/
.tox/
.nox/
.mypy_cache/
.pytest_cache/
.ruff_cache/
.gradle/
.terraform/
.next/
.nuxt/
.cache/
.Trash/
.Trash-*/
lost+found/
.DS_Store
Thumbs.db
desktop.ini
*~
.#*
~$*
*.swp
*.min.js
*.min.css
*.map
package-lock.json
npm-shrinkwrap.json
yarn.lock
pnpm-lock.yaml
composer.lock
Cargo.lock
poetry.lock
uv.lock
go.sum
.gitignore
.atocoreignore
.env
.env.*
!.env.example
!.env.sample
!.env.template
.netrc
.pgpass
.htpasswd
.npmrc
.pypirc
*.pem
*.key
*.p12
*.pfx
*.keystore
*.kdbx
id_rsa
id_dsa
id_ecdsa
id_ed25519
.ssh/
.gnupg/
.aws/
`

// rules are those of one folder, over those of the folders above.
type rules struct {
	above *rules
	dir   string // below the root; "" for the root
	own   []rule
}

func newRules() *rules {
	r := &rules{}
	r.parse("default rule", []byte(defaultRules), false)
	return r
}

// load returns the rules with those of the folder added. A rule file that cannot
// be read is an error: what it meant to exclude would be taken in.
func (r *rules) load(here *os.Root, dir string, entries []fs.DirEntry) (*rules, error) {
	own := &rules{above: r, dir: dir}
	for _, name := range ruleFiles {
		for _, e := range entries {
			if e.Name() != name || !e.Type().IsRegular() {
				continue // a link or folder of that name holds no rules, as with git
			}
			content, err := readRules(here, name)
			if err != nil {
				return nil, fmt.Errorf("its %s: %w", name, cause(err))
			}
			own.parse(path.Join(dir, name), content, true)
		}
	}
	if len(own.own) == 0 {
		return r, nil
	}
	return own, nil
}

func readRules(here *os.Root, name string) ([]byte, error) {
	f, err := here.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(io.LimitReader(f, maxRuleFile+1))
	if err == nil && len(content) > maxRuleFile {
		err = fmt.Errorf("larger than %d bytes", maxRuleFile)
	}
	return content, err
}

func (r *rules) parse(origin string, content []byte, numbered bool) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	for i, line := range strings.Split(string(content), "\n") {
		one, ok := parseRule(line)
		if !ok {
			continue
		}
		one.brings = path.Base(origin) == ruleFiles[1]
		one.said = fmt.Sprintf("%s (%s)", one.said, origin)
		if numbered {
			one.said = fmt.Sprintf("%s (%s:%d)", strings.TrimSpace(line), origin, i+1)
		}
		r.own = append(r.own, one)
	}
}

// match returns the rule that excludes the path, "" when none does. The last rule
// of the deepest folder that fits decides.
func (r *rules) match(full string, isDir bool) string {
	if versionControl[path.Base(full)] {
		return "version control"
	}
	one := r.find(full, isDir)
	if one != nil && one.keep && !one.brings {
		lowest := r
		for lowest.above != nil {
			lowest = lowest.above
		}
		one = lowest.find(full, isDir)
	}
	if one == nil || one.keep {
		return ""
	}
	return one.said
}

func (r *rules) find(full string, isDir bool) *rule {
	for level := r; level != nil; level = level.above {
		below := full
		if level.dir != "" {
			below = strings.TrimPrefix(full, level.dir+"/")
		}
		for i := len(level.own) - 1; i >= 0; i-- {
			if one := &level.own[i]; one.fits(below, isDir) {
				return one
			}
		}
	}
	return nil
}

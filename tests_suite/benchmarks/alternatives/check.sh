#!/usr/bin/env bash
# The questions of the smoke and the package gate, as a team would put them in a shell script.
#
#   WORKFLOW=DIR KNOWLEDGE_URL=URL CLAUDE_PROJECT=DIR PACKAGE=FILE.tar.gz STORE=DIR bash check.sh smoke package
#
# Needs yamllint, xmllint, curl, iconv, tar and sha256sum. Exit status 1 where a question is answered with no.
set -uo pipefail
version=2.0.0
name=ai-engineering-workflow-v$version
failed=0

ask() {
  local question=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok      $question"
  else
    echo "FAILED  $question"
    printf '%s\n' "$output" | head -n 20
    failed=1
  fi
}

# 2.1.1
count_files() { test "$(find -L . -type f -not -path './DEPLOYMENT/*' | wc -l)" -eq 55; }
no_empty_file() { test -z "$(find . -type f -size 0 -print | tee /dev/stderr)"; }
no_conflict() { ! grep -rnE '^(<<<<<<<|>>>>>>>)( |$)' .; }
utf8() { find . -type f -exec iconv -f UTF-8 -t UTF-8 -o /dev/null {} +; }
no_mark() { ! grep -rlP '^\xEF\xBB\xBF|\x00' --binary-files=text .; }
frontmatter() {
  find workflow.md agents steps -name '*.md' -type f -exec awk '
    FNR == 1 { files++; marks = 0; if ($0 != "---") { print FILENAME ": no frontmatter"; wrong = 1 } }
    $0 == "---" && ++marks == 2 { closed++ }
    marks == 1 && /^name: *[^ ]/ { named++ }
    marks == 1 && /^description: *[^ ]/ { described++ }
    END { exit wrong || closed != files || named < files || described < files }' {} +
}
fences() {
  find . -name '*.md' -type f -exec awk '
    FNR == 1 { if (open) { print before; wrong = 1 } open = 0 } { before = FILENAME }
    /^ *```/ { open = !open } END { exit wrong || open }' {} +
}
yaml() { find . -name '*.yaml' -type f -exec yamllint -d relaxed {} +; }
xml() { find . -name '*.xml' -type f -exec xmllint --noout --nonet {} +; }

# 2.1.2
health() {
  local answer
  answer=$(curl -sS --fail --max-time 10 "$KNOWLEDGE_URL/health") || return 1
  grep -q '"status": *"healthy"' <<<"$answer" && ! grep -q unhealthy <<<"$answer"
}
quick() {
  local urls=() times
  for _ in 1 2 3 4 5; do urls+=(-o /dev/null "$KNOWLEDGE_URL/health"); done
  times=$(curl -sS --fail --max-time 10 -w '%{time_total}\n' "${urls[@]}" | sort -n) || return 1
  awk 'NR == 3 { exit !($1 < 0.1) }' <<<"$times"
}
mcp() { # the old transport: the first event names the endpoint
  local first
  read -r -t 10 first < <(curl -sSN --fail --max-time 10 "$KNOWLEDGE_URL/mcp" 2>/dev/null) && [[ $first == "event: endpoint"* ]]
}

# 2.1.3
command_file() {
  local file=$CLAUDE_PROJECT/.claude/commands/bmad/bmm/workflows/quick-flow-solo-dev.md path
  test -s "$file" || return 1
  for path in $(grep -oE '_bmad/[A-Za-z0-9_./-]+\.[a-z]+' "$file" | sort -u); do
    test -s "$CLAUDE_PROJECT/$path" || { echo "$path"; return 1; }
  done
}

# 2.1.4
sections() {
  local key
  for key in name version paths knowledge_mcp architecture_options phase_folders agents steps bmm_integration; do
    grep -q "^$key:" config.yaml || { echo "config.yaml: no $key"; return 1; }
  done
}
all_there() { # every path of standard input, and as many as expected
  local path number=0
  while read -r path; do
    test -f "$path" || { echo "$path: not there"; return 1; }
    ((++number))
  done
  ((number >= $1))
}
named_files() {
  sed -nE 's|^ +file: "([^"]+)".*|steps/\1|p' config.yaml | all_there 13 &&
    sed -nE 's#^ +(agent|[0-9]+): "([^"]+\.md)".*#agents/\2#p' config.yaml | all_there 20
}

# 2.1.5
agents() {
  local file
  test "$(find agents -maxdepth 1 -type f | wc -l)" -eq 11 || return 1
  test "$(find agents/config -type f | wc -l)" -eq 11 || return 1
  for file in agents/*.md; do
    file=$(basename "$file" .md)
    test -f "agents/config/$file-agent.xml" || { echo "$file: no XML"; return 1; }
  done
}

# 2.1.6
links() { grep -rhE '^nextStep' steps | grep -v ': null' | sed -E "s|^nextStep[A-Za-z]*: *'?([^']+)'? *$|steps/\1|" | all_there 13; }

# 1.4
sums() { sha256sum --check --quiet --strict "$name.sha256" && test "$(wc -l <"$name.sha256")" -eq 2; }
readable() { gzip -t "$PACKAGE" && tar -tzf "$PACKAGE"; }
harmless() { ! tar -tvzf "$PACKAGE" | grep -v '^[-d]' && ! tar -tzf "$PACKAGE" | grep -E '^/|(^|/)\.\.(/|$)'; }
same_as_tree() { diff -r "$unpacked" "$WORKFLOW"; }
manifest() {
  local lines
  lines=$(sed -nE 's|.*"path": "([^"]+)".*"sha256": "([0-9a-f]{64})".*|\2  \1|p' "$name.manifest.json")
  test "$(wc -l <<<"$lines")" -eq "$(find "$unpacked" -type f | wc -l)" &&
    (cd "$unpacked" && sha256sum --check --quiet --strict <<<"$lines")
}
versions() {
  grep -q "^version: '$version'" "$unpacked/workflow.md" && grep -q "^version: \"$version\"" "$unpacked/config.yaml" &&
    grep -q "\"version\": \"$version\"" "$name.manifest.json" && grep -q "\"tag\": \"$name\"" "$name.manifest.json"
}
stored() {
  local file
  for file in "$name".tar.gz "$name".manifest.json "$name".sha256; do cmp "$file" "$STORE/$file" || return 1; done
}

smoke() {
  cd "$WORKFLOW" || exit 1
  ask "55 files" count_files
  ask "no empty file" no_empty_file
  ask "no conflict markers" no_conflict
  ask "UTF-8" utf8
  ask "no byte order mark, no NUL" no_mark
  ask "frontmatter" frontmatter
  ask "code fences" fences
  ask "yamllint" yaml
  ask "xmllint" xml
  ask "/health" health
  ask "median response below 100 ms" quick
  ask "/mcp" mcp
  ask "the command of BMAD and what it loads" command_file
  ask "sections of config.yaml" sections
  ask "files that config.yaml names" named_files
  ask "agents and their XML" agents
  ask "nextStep" links
}

package() {
  cd "$(dirname "$PACKAGE")" || exit 1
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"' EXIT
  ask "name" test "$(basename "$PACKAGE")" = "$name.tar.gz"
  ask "sha256sum -c" sums
  ask "tar -tzf" readable
  ask "nothing but files and folders inside" harmless
  ask "tar -xzf" tar -xzf "$PACKAGE" -C "$unpacked"
  ask "the same as the work tree" same_as_tree
  ask "digests of the manifest" manifest
  ask "versions" versions
  ask "stored" stored
}

for gate in "$@"; do "$gate"; done
exit $failed

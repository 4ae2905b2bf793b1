/**
 * One small script per shell, for all commands of this package; what can be typed is asked of the program itself, so that the scripts never grow old.
 * In bash, readline breaks words at `@`, `=` and `:` by itself, so what stands before such a break must not be repeated.
 */
export const COMPLETION_SCRIPTS: ReadonlyMap<string, string> = new Map([
  [
    'bash',
    `_mcp_complete() {
  local line=\${COMP_LINE:0:COMP_POINT} words current broken
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=\${words[\${#words[@]}-1]}
  broken=\${current%"\${current##*[@=:]}"}
  local IFS=$'\\n'
  COMPREPLY=($("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null | cut -f1))
  [[ -n $broken && $COMP_WORDBREAKS == *"\${broken: -1}"* ]] && COMPREPLY=("\${COMPREPLY[@]#"$broken"}")
}
complete -F _mcp_complete mcp claude-mcp`,
  ],
  [
    'zsh',
    `#compdef mcp claude-mcp
_mcp() {
  local -a lines
  local line
  for line in "\${(@f)$(\${words[1]} __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && lines+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${\${line#*$'\\t'}#"\${line}"}")
  done
  _describe 'mcp' lines
}
compdef _mcp mcp claude-mcp`,
  ],
  [
    'fish',
    `for program in mcp claude-mcp
  complete -c $program -f -a '(set -l words (commandline -opc) (commandline -ct); $words[1] __complete $words[2..] 2>/dev/null)'
end`,
  ],
]);

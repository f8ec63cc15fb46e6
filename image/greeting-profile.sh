# Greets a person at log-in: not commands, copies, inner shells or tmux windows, nor who asked for quiet.
if [ -n "${SSH_TTY-}" ] && [ "${SHLVL:-1}" = 1 ] && [ -z "${TMUX-}" ] && [ ! -e "$HOME/.hushlogin" ]; then
  /usr/local/lib/shellbox/greeting
fi

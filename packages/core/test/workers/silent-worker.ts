// A module that is no worker of a pool, though it keeps its thread alive.
setInterval(() => {}, 1000)

export {}

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export interface SmallServerOptions {
  readonly content: Uint8Array
  /** Most bytes that are sent of what is asked for; the end is in good order all the same. */
  sendAtMost: number
  /** What is said with 150 behind the name. */
  told: string
  readonly knowsEpsv: boolean
}

export interface SmallServer extends AsyncDisposable {
  readonly port: number
  /** The commands that came, without those of the login. */
  readonly commands: string[]
}

const LOGIN = new Set(['OPTS', 'USER', 'PASS', 'FEAT', 'TYPE', 'STRU', 'PWD'])

/** An FTP server with the same file under every name but `missing`, which does what no real one can be made to do. */
export async function startSmallServer(options: SmallServerOptions): Promise<SmallServer> {
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const servers: Server[] = []
  const listen = async (accept: (socket: Socket) => void): Promise<number> => {
    const server = createServer((socket) => {
      keep(socket)
      accept(socket)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  async function serve(client: Socket): Promise<void> {
    const say = (line: string): void => {
      client.write(`${line}\r\n`)
    }
    let data: Promise<Socket> = Promise.reject(new Error('no connection for data'))
    data.catch(() => {})
    let start = 0
    const passive = async (): Promise<number> => {
      const { promise, resolve } = Promise.withResolvers<Socket>()
      data = promise
      return await listen(resolve)
    }
    say('220 ready')
    for await (const line of createInterface({ input: client })) {
      const [command = '', ...rest] = line.split(' ')
      const name = rest.join(' ')
      if (!LOGIN.has(command)) commands.push(command)
      if (command === 'FEAT') say('211-Features:\r\n MLST type*;size*;modify*;\r\n211 End')
      else if (command === 'PWD') say('257 "/" is the current directory')
      else if (command === 'USER') say('331 who says so')
      else if (command === 'MLST' && !name.endsWith('missing'))
        say(`250-Start\r\n type=file;size=${options.content.byteLength}; ${name}\r\n250 End`)
      else if (command === 'EPSV' && options.knowsEpsv)
        say(`229 Extended Passive Mode (|||${await passive()}|)`)
      else if (command === 'PASV') {
        const port = await passive()
        say(`227 Passive Mode (127,0,0,1,${port >> 8},${port & 255})`)
      } else if (command === 'REST') {
        start = Number(name)
        say('350 going on there')
      } else if (command === 'RETR' && !name.endsWith('missing')) {
        say(`150 Opening BINARY mode data connection for ${name}${options.told}`)
        const socket = await data
        await new Promise<void>((resolve) =>
          socket.end(options.content.subarray(start, start + options.sendAtMost), resolve)
        )
        start = 0
        say('226 Transfer complete')
      } else if (command === 'EPSV') say('500 what is that')
      else if (command === 'MLST' || command === 'RETR') say(`550 ${name}: No such file or directory`)
      else say('200 fine')
    }
  }

  const port = await listen((client) => {
    serve(client).catch(() => client.destroy())
  })
  return {
    port,
    commands,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    }
  }
}

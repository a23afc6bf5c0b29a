// Nodes under torture that share a MongoDB database, and, if there are several, a Redis, behind a balancer. The truth is
// read from the database itself, past every node and link.
import { MongoClient } from 'mongodb'
import { spawnNodes } from '../kit/nodes.ts'
import { nodeOf } from './node.ts'
import { tokenSeconds, type Servers } from './servers.ts'
import { truthOfMongo } from './truth-mongo.ts'

export async function startCluster(count: number): Promise<Servers> {
  const nodes = await spawnNodes(count, { ACCESS_TOKEN_SECONDS: String(tokenSeconds) })
  const client = new MongoClient(nodes.databaseUrl)

  return {
    nodes: nodes.nodes.map(nodeOf),
    url: nodes.url,
    port: nodes.port,
    links: nodes.nodes,
    redis: nodes.redis,
    disk: null,
    backups: null,
    served: nodes.served,
    truth: (presence = null) => truthOfMongo(client.db(), presence),
    async stop() {
      await client.close()
      await nodes.stop()
    },
  }
}

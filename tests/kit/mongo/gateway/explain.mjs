// `explain`: MongoDB's stages and index names, derived from the engine's plan. Counts of keys are approximate.
import { createCommand } from './bson-bytes.mjs'
import { indexesOf } from './duplicates.mjs'
import { MongoError } from './errors.mjs'

const explained = {
  find: 'find',
  aggregate: 'pipeline',
  count: 'count',
  distinct: 'distinct',
  update: 'update',
  delete: 'delete',
  findAndModify: 'find_and_modify',
}
const stageNames = {
  Sort: 'SORT',
  'Incremental Sort': 'SORT',
  Limit: 'LIMIT',
  Aggregate: 'GROUP',
  Append: 'OR',
}

/** Turns a node of the engine's plan into a stage, and counts what was looked at into `seen`. */
function stageOf(node, indexes, seen) {
  const inner = (node.Plans ?? []).filter((plan) => plan['Parent Relationship'] !== 'SubPlan')
  const stages = inner.map((plan) => stageOf(plan, indexes, seen))
  const type = node['Node Type']
  // The engine's wrapper around a scan.
  if (type === 'Custom Scan' && stages.length === 1) return stages[0]

  const loops = node['Actual Loops'] ?? 1
  const rows = node['Actual Rows']
  const dropped = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
  const docs = () => (seen.docs += rows === undefined ? 0 : (rows + dropped) * loops)
  const stage = {}
  if (type.includes('Index') && node['Index Name']) {
    Object.assign(stage, indexStage(node, indexes))
    seen.keys += (rows ?? 0) * loops
    if (!type.includes('Bitmap')) docs()
  } else if (type === 'Bitmap Heap Scan') {
    stage.stage = 'FETCH'
    docs()
  } else if (type === 'Seq Scan') {
    stage.stage = 'COLLSCAN'
    docs()
  } else stage.stage = stageNames[type] ?? type
  if (rows !== undefined) stage.nReturned = rows * loops
  if (stages.length === 1) stage.inputStage = stages[0]
  else if (stages.length > 1) stage.inputStages = stages
  return stage
}

function indexStage(node, indexes) {
  const engineName = node['Index Name']
  const isPrimary = /^(collection_pk_|_id_)/.test(engineName)
  // The primary key that only finds the collection's own rows is a full scan.
  if (isPrimary && !(node['Index Cond'] ?? '').includes('object_id')) return { stage: 'COLLSCAN' }
  const index = indexes.find((one) =>
    isPrimary ? one.name === '_id_' : engineName === `documents_rum_index_${one.id}`,
  )
  return {
    stage: 'IXSCAN',
    indexName: index?.name ?? engineName,
    ...(index === undefined ? {} : { keyPattern: index.key }),
    direction: (node['Scan Direction'] ?? '').includes('Backward') ? 'backward' : 'forward',
  }
}

/** Either the command `explain` or one with `explain: true` in it. */
export async function explain(pool, command) {
  const isWrapped = command.name === 'explain'
  if (isWrapped && !command.raw('explain')) throw new MongoError(9, 'explain needs a command document')
  const inner = isWrapped
    ? createCommand(Buffer.from(command.raw('explain')), { database: command.database })
    : command
  const verbosity = isWrapped ? (command.get('verbosity') ?? 'allPlansExecution') : 'queryPlanner'
  const kind = explained[inner.name]
  if (kind === undefined) throw new MongoError(59, `Explain failed due to unknown command: ${inner.name}`)

  const isRead = !['update', 'delete', 'find_and_modify'].includes(kind)
  const runs = verbosity !== 'queryPlanner' && isRead
  const sql = `EXPLAIN (FORMAT JSON, VERBOSE, ANALYZE ${runs}) SELECT document FROM documentdb_api_catalog.bson_aggregation_${kind}($1, $2::bytea)`
  const plan = await pool.use(async (connection) => {
    const [[json]] = await connection.query('', sql, [inner.database, inner.body])
    return JSON.parse(json)[0]
  })

  const collection = inner.get(inner.name)
  const indexes =
    typeof collection === 'string' ? await indexesOf(pool, inner.database, collection).catch(() => []) : []
  const seen = { docs: 0, keys: 0 }
  const winningPlan = stageOf(plan.Plan, indexes, seen)
  const namespace = `${inner.database}.${collection}`
  return {
    explainVersion: '1',
    queryPlanner: { namespace, indexFilterSet: false, winningPlan, rejectedPlans: [] },
    ...(runs && {
      executionStats: {
        executionSuccess: true,
        nReturned: plan.Plan['Actual Rows'],
        executionTimeMillis: Math.round(plan['Execution Time'] ?? 0),
        totalKeysExamined: seen.keys,
        totalDocsExamined: seen.docs,
        executionStages: winningPlan,
      },
    }),
    command: inner.name,
    enginePlan: JSON.stringify(plan),
    ok: 1,
  }
}

/** What a message may ask or tell in front of everything. */
export type MessageQuestion = 'delete' | 'readers' | 'people' | 'emoji' | 'report'

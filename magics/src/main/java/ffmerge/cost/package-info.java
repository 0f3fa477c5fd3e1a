/** What something would take: time, memory, disk. */
package ffmerge.cost;

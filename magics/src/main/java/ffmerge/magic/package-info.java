/** The notebook's skin: the magics, what they show, and what they tell while they work. */
package ffmerge.magic;

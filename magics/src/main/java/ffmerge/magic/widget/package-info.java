/** Jupyter widgets: models in the kernel that a front end draws and that tell what a reader does to them. */
package ffmerge.magic.widget;

package ffmerge.data;

import java.util.List;

/** The images of a split as files hold them: encoded, each with a label. Safe for several threads. */
interface ImageFiles {
    int size();

    /** A label counts the data's own {@link #classNames}. */
    int label(int image);

    /** Empty where the data only number their classes. */
    List<String> classNames();

    /** Where an image stands, for messages. */
    String name(int image);

    /** The encoded images, in the order of the arguments. */
    List<byte[]> read(int[] images);
}

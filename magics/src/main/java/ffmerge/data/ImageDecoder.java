package ffmerge.data;

import ffmerge.picture.Picture;
import ffmerge.picture.PictureDecoder;
import java.io.IOException;

/** Encoded images to pixels of one or three channels. */
final class ImageDecoder {
    private ImageDecoder() {}

    /**
     * @param channels 1 for grey, 3 for red, green, blue
     * @throws IOException if the bytes are no whole image that is read; the message says why
     */
    static PixelImage decode(byte[] bytes, int channels) throws IOException {
        Picture picture = PictureDecoder.decode(bytes);
        return new PixelImage(
                channels == 1 ? picture.grey() : picture.rgb(), channels, picture.height(), picture.width());
    }
}

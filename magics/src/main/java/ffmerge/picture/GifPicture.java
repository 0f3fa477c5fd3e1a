package ffmerge.picture;

import java.awt.Point;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;

/** Decodes GIF: the first frame, in its place on the screen that the file tells of. */
final class GifPicture {
    private static final int NO_INDEX = -1;

    /**
     * What stands before the first frame's data.
     *
     * @param left the frame's place on the screen
     * @param palette three bytes a colour; empty where indices are greys
     * @param transparent the index that lets the ground through, or −1
     */
    private record Frame(int screenWidth, int screenHeight, int left, int top, byte[] palette, int transparent) {}

    private GifPicture() {}

    static Picture decode(byte[] file) throws IOException {
        Frame frame;
        try {
            frame = frame(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
        } catch (RuntimeException e) {
            throw new IOException("it is a damaged or cut off GIF", e);
        }
        Raster raster = PictureDecoder.read(file, PictureFormat.GIF, GifPicture::indices);
        // a frame that exceeds the screen makes it larger
        int width = Math.max(frame.screenWidth, frame.left + raster.getWidth());
        int height = Math.max(frame.screenHeight, frame.top + raster.getHeight());
        PictureDecoder.requireSize(width, height, file.length);
        WritableRaster screen = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 1, new Point());
        if (frame.transparent > 0) { // Pillow's ground
            int[] ground = new int[width * height];
            Arrays.fill(ground, frame.transparent);
            screen.setSamples(0, 0, width, height, 0, ground);
        }
        screen.setRect(frame.left, frame.top, raster);
        return RasterColors.ofPalette(screen, RasterColors.orGreys(frame.palette), opacities(frame.transparent));
    }

    /** Of eight bits each: a raster of as many bits as the palette needs would cut off those that exceed it. */
    private static Raster indices(ImageReader reader) throws IOException {
        ImageReadParam param = reader.getDefaultReadParam();
        param.setDestination(new BufferedImage(reader.getWidth(0), reader.getHeight(0), BufferedImage.TYPE_BYTE_GRAY));
        return reader.read(0, param).getRaster();
    }

    private static byte[] opacities(int transparent) {
        byte[] opacities = new byte[transparent + 1];
        Arrays.fill(opacities, (byte) 255);
        if (transparent >= 0) {
            opacities[transparent] = 0;
        }
        return opacities;
    }

    private static Frame frame(ByteBuffer file) throws UnreadablePicture {
        file.position("GIF89a".length());
        int screenWidth = file.getShort() & 0xFFFF;
        int screenHeight = file.getShort() & 0xFFFF;
        int flags = file.get();
        file.getShort(); // the background's index, which nobody draws, and the pixels' shape
        byte[] palette = palette(file, flags);
        int transparent = NO_INDEX;
        int block = file.get();
        while (block == '!') {
            boolean control = file.get() == (byte) 0xF9;
            byte[] content = subBlocks(file);
            if (control && content.length >= 4) {
                transparent = (content[0] & 1) == 1 ? content[3] & 0xFF : NO_INDEX;
            }
            block = file.get();
        }
        if (block != ',') {
            throw new UnreadablePicture("it is a GIF without a frame");
        }
        int left = file.getShort() & 0xFFFF;
        int top = file.getShort() & 0xFFFF;
        file.getInt(); // its size, which the reader tells
        byte[] own = palette(file, file.get());
        return new Frame(screenWidth, screenHeight, left, top, own.length > 0 ? own : palette, transparent);
    }

    /** Three bytes a colour; empty where the flags tell of none. */
    private static byte[] palette(ByteBuffer file, int flags) {
        if ((flags & 0x80) == 0) {
            return new byte[0];
        }
        byte[] palette = new byte[3 << (flags & 7) + 1];
        file.get(palette);
        return palette;
    }

    /** The first block; those behind it are passed over. */
    private static byte[] subBlocks(ByteBuffer file) {
        byte[] first = null;
        for (int length = file.get() & 0xFF; length > 0; length = file.get() & 0xFF) {
            byte[] block = new byte[length];
            file.get(block);
            first = first == null ? block : first;
        }
        return first == null ? new byte[0] : first;
    }
}
